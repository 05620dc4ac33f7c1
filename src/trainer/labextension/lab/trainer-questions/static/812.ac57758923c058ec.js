"use strict";(self.rspackChunktrainer_questions=self.rspackChunktrainer_questions||[]).push([[812],{920(e,t,r){var o=r(601),n=r.n(o),a=r(314),i=r.n(a),p=r(417),s=r.n(p),d=new URL(r(230),r.b),l=i()(n()),c=s()(d);l.push([e.id,`/* style/widgets.css */
.tq {
  --tq-red: #a3161a;
  --tq-ink: #1f1f1f;
  --tq-soft: #595959;
  --tq-paper: #ffffff;
  --tq-ground: #f4f1ee;
  --tq-chosen: #fdf0ef;
  --tq-line: #8a8580;
  --tq-note: #fff6dd;
  --tq-focus: #1a5fb4;
  min-width: 0;
  margin: 0 0 16px;
  padding: 16px;
  border: 1px solid #d5d0cb;
  border-radius: 8px;
  background: var(--tq-paper);
  color: var(--tq-ink);
  font:
    1.0625rem/1.6 "PingFang SC",
    "Hiragino Sans GB",
    "Microsoft YaHei",
    "Noto Sans SC",
    "Noto Sans CJK SC",
    "WenQuanYi Micro Hei",
    sans-serif;
  text-align: left;
  overflow-wrap: break-word;
}
.tq *,
.tq *::before,
.tq *::after {
  box-sizing: border-box;
}
.tq [hidden] {
  display: none;
}
.tq :focus-visible {
  outline: 3px solid var(--tq-focus);
  outline-offset: 2px;
}
.tq-head {
  float: left;
  width: 100%;
  margin: 0 0 8px;
  padding: 0;
  color: var(--tq-soft);
  font-size: 1rem;
}
.tq-head + * {
  clear: both;
}
.tq-no {
  color: var(--tq-red);
  font-weight: 700;
}
.tq-title,
.tq-points {
  margin-left: 6px;
}
.tq-stem {
  margin: 0 0 4px;
  font-size: 1.125rem;
}
.tq-stem p,
.tq-stem ul,
.tq-stem ol,
.tq-stem pre {
  margin: 0 0 10px;
}
.tq-stem p {
  white-space: pre-line;
}
.tq-stem pre {
  padding: 8px;
  background: var(--tq-ground);
  white-space: pre-wrap;
}
.tq-text p,
.tq-left p {
  display: inline;
  margin: 0;
}
.tq-scroll {
  overflow-x: auto;
  margin: 0 0 10px;
}
.tq-table {
  border-collapse: collapse;
}
.tq-table th,
.tq-table td {
  padding: 6px 10px;
  border: 1px solid var(--tq-line);
  text-align: left;
}
.tq-hint {
  margin: 0 0 12px;
  color: var(--tq-soft);
  font-size: 1rem;
}
.tq-advice {
  min-height: 1.6em;
  margin: 6px 0 0;
  color: #8a1016;
  font-size: 1rem;
}
.tq-letter {
  flex: none;
  min-width: 1.4em;
  color: var(--tq-red);
  font-weight: 700;
}
.tq-live {
  position: absolute;
  width: 1px;
  height: 1px;
  margin: -1px;
  overflow: hidden;
  clip: rect(0 0 0 0);
  white-space: nowrap;
}
.tq button {
  display: inline-block;
  width: auto;
  min-height: 44px;
  margin: 12px 0 0;
  padding: 6px 14px;
  border: 1px solid var(--tq-line);
  border-radius: 8px;
  background: var(--tq-paper);
  color: var(--tq-ink);
  font: inherit;
  font-size: 1rem;
  font-weight: 400;
  cursor: pointer;
}
.tq button:hover {
  background: var(--tq-ground);
}
.tq:disabled .tq-clear,
.tq:disabled .tq-keep {
  display: none;
}
.tq:disabled button,
.tq button[aria-disabled=true] {
  border-color: #d5d0cb;
  background: var(--tq-ground);
  color: #6b6661;
  cursor: default;
}
.tq label.tq-option {
  display: flex;
  align-items: center;
  min-height: 48px;
  margin: 0 0 8px;
  padding: 8px 12px;
  border: 1px solid var(--tq-line);
  border-radius: 8px;
  font-weight: 400;
  cursor: pointer;
}
.tq-option:hover {
  background: var(--tq-ground);
}
.tq-option input {
  flex: none;
  width: 24px;
  height: 24px;
  margin: 0 12px 0 0;
  accent-color: var(--tq-red);
}
.tq-option:focus-within {
  outline: 3px solid var(--tq-focus);
  outline-offset: 1px;
}
.tq-option input:focus-visible {
  outline: none;
}
.tq-option input:checked ~ .tq-text {
  font-weight: 600;
}
.tq:disabled .tq-option {
  cursor: default;
}
.tq:disabled .tq-option input {
  -webkit-appearance: none;
  appearance: none;
  border: 2px solid var(--tq-line);
  background: var(--tq-paper);
}
.tq:disabled .tq-option input[type=radio] {
  border-radius: 50%;
}
.tq:disabled .tq-option input[type=checkbox] {
  border-radius: 4px;
}
.tq:disabled .tq-option input[type=checkbox]:checked {
  background: var(--tq-red) url(${c}) center/16px no-repeat;
}
.tq:disabled .tq-option input:checked {
  border-color: var(--tq-red);
}
.tq:disabled .tq-option input[type=radio]:checked {
  border-color: var(--tq-red);
  background: var(--tq-red);
  box-shadow: inset 0 0 0 4px var(--tq-paper);
}
.tq-kind-judge .tq-options {
  display: flex;
  flex-wrap: wrap;
  margin: 0 -4px;
}
.tq-kind-judge label.tq-option {
  flex: 1 1 120px;
  margin: 0 4px 8px;
}
.tq input[type=text],
.tq textarea,
.tq select {
  display: inline-block;
  width: auto;
  max-width: 100%;
  min-height: 44px;
  padding: 6px 10px;
  border: 1px solid var(--tq-line);
  border-radius: 8px;
  background: var(--tq-paper);
  color: var(--tq-ink);
  font: inherit;
}
.tq input.tq-gap {
  margin: 2px 4px;
  border-width: 0 0 2px;
  border-color: var(--tq-red);
  border-radius: 4px 4px 0 0;
  background: var(--tq-ground);
  vertical-align: baseline;
}
.tq-line {
  display: flex;
  align-items: center;
}
.tq-line .tq-number-field {
  flex: 0 1 14em;
  min-width: 0;
}
.tq-unit {
  flex: none;
  margin-left: 10px;
}
.tq label {
  margin: 0;
}
.tq textarea {
  display: block;
  width: 100%;
  min-height: 88px;
  resize: vertical;
  line-height: 1.7;
}
.tq-answer > textarea {
  min-height: 200px;
}
.tq-count {
  display: block;
  margin-top: 4px;
  color: var(--tq-soft);
  font-size: 1rem;
  text-align: right;
}
.tq-old {
  margin-top: 12px;
  padding: 12px;
  border-left: 4px solid var(--tq-line);
  background: var(--tq-note);
}
.tq-old label {
  display: block;
  margin: 0 0 8px;
  font-weight: 600;
}
.tq-steps {
  margin: 0;
  padding: 0;
  list-style: none;
}
.tq-step {
  display: flex;
  align-items: center;
  min-height: 56px;
  margin: 0 0 8px;
  padding: 5px 8px;
  border: 1px solid var(--tq-line);
  border-radius: 8px;
  background: var(--tq-paper);
  -webkit-user-select: none;
  user-select: none;
}
.tq-step .tq-text {
  flex: 1 1 auto;
  min-width: 0;
}
.tq-step .tq-grip {
  flex: none;
  min-width: 44px;
  margin: 0 10px 0 0;
  padding: 0 6px;
  border-color: var(--tq-red);
  color: var(--tq-red);
  font-weight: 700;
  cursor: grab;
  touch-action: none;
}
.tq-dragged {
  border-color: var(--tq-red);
  background: var(--tq-chosen);
  box-shadow: 0 2px 10px rgba(0, 0, 0, .25);
}
.tq-moves {
  display: flex;
  flex: none;
  margin-left: 8px;
}
.tq-moves .tq-move {
  min-width: 48px;
  margin: 0 0 0 4px;
  padding: 0 4px;
}
.tq-pair {
  margin: 0 0 12px;
  padding: 0 0 12px;
  border-bottom: 1px solid #d5d0cb;
}
.tq label.tq-left {
  display: flex;
  margin: 0 0 6px;
  font-weight: 600;
}
.tq select.tq-select {
  display: block;
  width: 100%;
  min-height: 48px;
}
.tq select.tq-picked {
  border-color: var(--tq-red);
  border-width: 2px;
}
.tq-chosen {
  margin-top: 4px;
}
@media (max-width: 480px) {
  .tq {
    padding: 12px;
  }
  .tq-step {
    flex-wrap: wrap;
  }
  .tq-step .tq-text {
    flex-basis: 60%;
  }
  .tq-moves {
    width: 100%;
    justify-content: flex-end;
    margin: 4px 0 0;
  }
}
@media (min-width: 700px) {
  .tq-pair {
    display: grid;
    grid-template-columns: 1fr 1fr;
    align-items: center;
    grid-column-gap: 16px;
  }
  .tq label.tq-left {
    margin: 0;
  }
  .tq-chosen {
    grid-column: 2;
  }
}
@media print {
  .tq button,
  .tq-hint {
    display: none;
  }
  .tq {
    break-inside: avoid;
  }
}

/* style/jupyter.css */
.jp-Cell.trainer-shown > .jp-Cell-inputWrapper,
.jp-Cell.trainer-hidden {
  display: none;
}
.jp-Cell.trainer-shown {
  padding: 4px 8px;
  border: none;
  box-shadow: none;
}
.jp-Cell.trainer-shown::before {
  display: none;
}
.trainer-shown > .trainer-practice {
  margin: 16px auto;
}
.trainer-shown > .tq {
  max-width: 860px;
  margin: 0 auto 8px;
}
.trainer-page .jp-Notebook {
  padding: 0;
  background: #f4f1ee;
}
.trainer-page .jp-Notebook .jp-Cell .jp-InputPrompt,
.trainer-page .jp-Notebook .jp-Cell .jp-Collapser,
.trainer-page .jp-Notebook-footer {
  display: none;
}
.trainer-page.jp-NotebookPanel .jp-Notebook.jp-NotebookPanel-notebook .jp-WindowedPanel-outer,
.trainer-page.jp-NotebookPanel .jp-Notebook.jp-NotebookPanel-notebook .jp-WindowedPanel-viewport,
.trainer-page.jp-NotebookPanel .jp-Notebook.jp-NotebookPanel-notebook .jp-WindowedPanel-inner {
  padding: 0;
  background: transparent;
  box-shadow: none;
}
.trainer-page.jp-NotebookPanel .jp-Notebook.jp-NotebookPanel-notebook .jp-WindowedPanel-inner {
  margin: 16px 0 40px;
}
.trainer-page.trainer-inLesson.jp-NotebookPanel .jp-Notebook.jp-NotebookPanel-notebook .jp-WindowedPanel-viewport {
  max-width: 940px;
  margin: 0 auto 40px;
  padding: 4px 8px;
  border-radius: 8px;
  background: #ffffff;
}
.trainer-page .jp-Notebook .jp-Cell {
  max-width: 900px;
  margin: 0 auto;
  border: none;
  box-shadow: none;
}
.trainer-page .jp-Notebook .jp-Cell::before {
  display: none;
}
.trainer-page .jp-Notebook .jp-Cell,
.trainer-page .jp-Notebook .jp-Cell:focus,
.trainer-page .jp-Notebook .jp-Cell.jp-mod-active.jp-mod-selected,
.trainer-page .jp-Notebook .jp-Cell > .jp-Cell-inputWrapper,
.trainer-page .jp-Notebook .jp-Cell .jp-MarkdownOutput {
  border-color: transparent;
  outline: none;
  box-shadow: none;
}
.trainer-page .jp-MarkdownOutput {
  padding: 0 8px;
  font-size: 1.0625rem;
  line-height: 1.6;
}
.trainer-page .jp-MarkdownOutput h1 {
  font-size: 1.5rem;
}
.trainer-page .jp-MarkdownOutput h2 {
  font-size: 1.25rem;
}
.trainer-page .jp-MarkdownOutput h3 {
  font-size: 1.125rem;
  font-weight: 600;
}
.trainer-page .jp-MarkdownOutput h1,
.trainer-page .jp-MarkdownOutput h2 {
  font-weight: 700;
  line-height: 1.35;
}
.trainer-page .jp-MarkdownOutput table {
  margin: 0 0 16px;
  font-size: 1.0625rem;
}
.trainer-page .jp-MarkdownOutput :is(td, th) {
  padding: 8px 12px;
  text-align: left;
  vertical-align: top;
}
.trainer-inSheet .tq,
.trainer-inSheet .jp-Cell {
  scroll-margin-top: 140px;
}
.trainer-inSheet .tq * {
  scroll-margin-top: 160px;
}
.trainer-bar {
  position: -webkit-sticky;
  position: sticky;
  top: 0;
  z-index: 20;
  background: #ffffff;
}
.trainer-back {
  max-width: 884px;
  margin: 0 auto;
  padding: 0 8px;
}
.trainer-back a {
  display: inline-block;
  min-height: 44px;
  padding: 9px 0;
  color: #a3161a;
  font-size: 1.0625rem;
  line-height: 26px;
}

/* style/practice.css */
.trainer-practice {
  max-width: 860px;
  margin: 0 auto 16px;
  color: var(--ink, #1f1f1f);
  font-size: 1.0625rem;
  line-height: 1.6;
}
.trainer-practice-actions {
  display: flex;
  flex-wrap: wrap;
  margin: 12px -4px 0;
}
.trainer-practice-button {
  width: auto;
  min-width: 128px;
  min-height: 48px;
  margin: 0 4px;
  padding: 8px 20px;
  border: 1px solid #a3161a;
  border-radius: 8px;
  background: #a3161a;
  color: #fff;
  font: inherit;
  font-weight: 600;
  cursor: pointer;
}
.trainer-practice-button.quiet {
  background: #fff;
  color: #a3161a;
}
.trainer-practice-button[hidden] {
  display: none;
}
.trainer-practice-button:focus-visible {
  outline: 3px solid #1a5fb4;
  outline-offset: 2px;
}
.trainer-practice-button:disabled {
  background: #595959;
  border-color: #595959;
}
.trainer-practice-result:not(:empty) {
  margin-top: 12px;
  padding: 12px 16px;
  border-left: 6px solid #8a8580;
  background: #f4f1ee;
}
.trainer-practice-result[data-verdict=right]:not(:empty) {
  border-left-color: #1d6b32;
  background: #eaf6ee;
}
.trainer-practice-result[data-verdict=wrong]:not(:empty) {
  border-left-color: #8a1016;
  background: #fdecec;
}
.trainer-practice-result[data-verdict=partial]:not(:empty) {
  border-left-color: #8a5a00;
  background: #fff6dd;
}
.trainer-practice-verdict {
  margin: 0;
  font-size: 1.125rem;
}
.trainer-practice-result dl {
  margin: 8px 0 0;
}
.trainer-practice-result dt {
  margin-top: 8px;
  font-weight: 600;
  color: #595959;
}
.trainer-practice-result dd {
  margin: 0;
}
.trainer-practice-result dd p {
  margin: 0 0 4px;
}
.trainer-practice-result ul {
  margin: 0;
  padding-left: 20px;
}
.trainer-practice textarea {
  width: 100%;
}

/* style/sheet.css */
.sheet-bar,
.sheet-jumper,
.sheet-box,
.sheet-flag {
  --sheet-red: #a3161a;
  --sheet-red-dark: #7f0f13;
  --sheet-ink: #1f1f1f;
  --sheet-soft: #595959;
  --sheet-paper: #ffffff;
  --sheet-ground: #f4f1ee;
  --sheet-line: #8a8580;
  --sheet-focus: #1a5fb4;
  color: var(--sheet-ink);
  font:
    1.0625rem/1.5 "PingFang SC",
    "Hiragino Sans GB",
    "Microsoft YaHei",
    "Noto Sans SC",
    "Noto Sans CJK SC",
    "WenQuanYi Micro Hei",
    sans-serif;
  text-align: left;
  overflow-wrap: break-word;
}
.sheet-bar *,
.sheet-jumper *,
.sheet-box,
.sheet-box *,
.sheet-flag * {
  box-sizing: border-box;
}
.sheet-bar [hidden],
.sheet-jumper[hidden],
.sheet-box [hidden] {
  display: none !important;
}
.sheet-bar :focus-visible,
.sheet-jumper :focus-visible,
.sheet-box :focus-visible,
.sheet-flag :focus-visible {
  outline: 3px solid var(--sheet-focus);
  outline-offset: 2px;
}
.sheet-button {
  display: inline-flex;
  align-items: center;
  justify-content: center;
  min-height: 44px;
  margin: 0;
  padding: 6px 18px;
  border: 2px solid var(--sheet-red, #a3161a);
  border-radius: 8px;
  background: var(--sheet-red, #a3161a);
  color: #ffffff;
  font: inherit;
  font-weight: 600;
  text-decoration: none;
  cursor: pointer;
}
.sheet-button:hover {
  background: var(--sheet-red-dark, #7f0f13);
}
.sheet-button.quiet {
  background: #ffffff;
  color: var(--sheet-red, #a3161a);
}
.sheet-button.quiet:hover {
  background: #f4f1ee;
}
.sheet-bar {
  padding: 4px 12px 6px;
  border-bottom: 1px solid #d5d0cb;
  background: var(--sheet-paper);
}
.sheet-row {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  margin: 0 -6px;
}
.sheet-row > * {
  margin: 3px 6px;
}
.sheet-home {
  display: inline-flex;
  align-items: center;
  min-height: 44px;
  color: var(--sheet-red);
  text-decoration: none;
  white-space: nowrap;
}
.sheet-home:hover {
  text-decoration: underline;
}
.sheet-title {
  flex: 1 1 0;
  min-width: 0;
  overflow: hidden;
  font-size: 1.125rem;
  text-overflow: ellipsis;
  white-space: nowrap;
}
.sheet-time {
  font-weight: 600;
  font-variant-numeric: tabular-nums;
  white-space: nowrap;
}
.sheet-hurry {
  padding: 2px 8px;
  border-radius: 8px;
  background: var(--sheet-red);
  color: #ffffff;
}
.sheet-facts {
  display: flex;
  flex: 1 1 8em;
  flex-wrap: wrap;
  align-items: center;
  min-width: 0;
}
.sheet-count {
  margin-right: 12px;
  font-weight: 600;
  white-space: nowrap;
}
.sheet-saving {
  color: var(--sheet-soft);
  font-size: 1rem;
  line-height: 1.35;
}
.sheet-saved-saved {
  color: #1d6b32;
}
.sheet-saved-saved::before {
  content: "✓ ";
}
.sheet-saved-offline,
.sheet-saved-login,
.sheet-saved-refused,
.sheet-saved-taken,
.sheet-saved-conflict {
  color: #8a1016;
  font-weight: 600;
}
.sheet-saved-offline::before,
.sheet-saved-login::before,
.sheet-saved-refused::before,
.sheet-saved-taken::before,
.sheet-saved-conflict::before {
  content: "! ";
}
.sheet-login {
  display: inline-flex;
  align-items: center;
  min-height: 44px;
  color: var(--sheet-red);
  font-weight: 600;
}
.sheet-bar .sheet-numbers,
.sheet-bar .sheet-submit {
  padding: 4px 14px;
}
.sheet-warning {
  margin: 4px 0 2px;
  padding: 8px 12px;
  border-left: 4px solid var(--sheet-line);
  background: #fff6dd;
  font-size: 1rem;
}
.sheet-jumper {
  max-height: 60vh;
  padding: 8px 12px;
  overflow-y: auto;
  border-bottom: 1px solid #d5d0cb;
  background: var(--sheet-ground);
}
.sheet-jumper-list {
  display: flex;
  flex-wrap: wrap;
  margin: 0 -4px;
}
.sheet-jump {
  min-width: 48px;
  min-height: 44px;
  margin: 4px;
  padding: 0 6px;
  border: 2px dashed var(--sheet-line);
  border-radius: 8px;
  background: #ffffff;
  color: var(--sheet-ink);
  font: inherit;
  cursor: pointer;
}
.sheet-jump.sheet-done {
  border: 2px solid #1d6b32;
  background: #e7f3ea;
  color: #14502a;
  font-weight: 600;
}
.sheet-legend {
  margin: 8px 0 0;
  color: var(--sheet-soft);
  font-size: 1rem;
}
.sheet-key {
  display: inline-block;
  min-width: 28px;
  border: 2px dashed var(--sheet-line);
  border-radius: 6px;
  background: #ffffff;
  color: var(--sheet-ink);
  text-align: center;
}
.sheet-key.sheet-done {
  border: 2px solid #1d6b32;
  background: #e7f3ea;
}
.sheet-flag {
  clear: both;
  margin: -8px 0 16px;
  text-align: right;
}
.sheet-flag-button {
  min-height: 44px;
  padding: 4px 12px;
  border: 1px solid transparent;
  border-radius: 8px;
  background: transparent;
  color: var(--sheet-soft);
  font: inherit;
  font-size: 1rem;
  cursor: pointer;
}
.sheet-flag-button:hover {
  border-color: var(--sheet-line);
}
.sheet-flag-button[aria-pressed=true] {
  border-color: #7a5200;
  background: #fff6dd;
  color: #5f4000;
  font-weight: 600;
}
.sheet-box {
  position: fixed;
  top: 0;
  right: 0;
  bottom: 0;
  left: 0;
  z-index: 10000;
  width: 560px;
  max-width: calc(100vw - 24px);
  height: -moz-fit-content;
  height: fit-content;
  max-height: calc(100vh - 24px);
  margin: auto;
  padding: 20px;
  overflow-y: auto;
  border: 0;
  border-radius: 8px;
  background: var(--sheet-paper);
  box-shadow: 0 4px 32px rgba(0, 0, 0, .4);
}
.sheet-box::backdrop {
  background: rgba(0, 0, 0, .5);
}
.sheet-box h2 {
  margin: 0 0 12px;
  font-size: 1.375rem;
  line-height: 1.35;
}
.sheet-box h2:focus {
  outline: none;
}
.sheet-box h3 {
  margin: 0 0 6px;
  font-size: 1.0625rem;
}
.sheet-box p {
  margin: 0 0 12px;
}
.sheet-box .sheet-jumper-list {
  margin: 0 -4px 12px;
}
.sheet-large {
  font-size: 1.1875rem;
}
.sheet-small {
  color: var(--sheet-soft);
  font-size: 1rem;
}
.sheet-attention {
  padding: 8px 12px;
  border-left: 4px solid #8a1016;
  background: #fdecec;
  color: #8a1016;
  font-weight: 600;
}
.sheet-actions {
  display: flex;
  flex-wrap: wrap;
  margin: 12px -6px -6px !important;
}
.sheet-actions > * {
  flex: 1 1 auto;
  margin: 6px;
}
.sheet-box summary {
  min-height: 44px;
  padding: 9px 0;
  cursor: pointer;
}
.sheet-receipt {
  margin: 0 0 12px;
  padding: 12px;
  background: var(--sheet-ground);
  font-size: 1rem;
}
.sheet-receipt dt {
  color: var(--sheet-soft);
}
.sheet-receipt dd {
  margin: 0 0 6px;
  overflow-wrap: anywhere;
}
.sheet-sides {
  display: flex;
  flex-wrap: wrap;
  margin: 0 -6px 12px;
}
.sheet-side {
  flex: 1 1 200px;
  min-width: 0;
  margin: 6px;
  padding: 12px;
  border: 1px solid var(--sheet-line);
  border-radius: 8px;
}
.sheet-text {
  max-height: 40vh;
  margin: 0 !important;
  overflow-y: auto;
  font-size: 1.125rem;
  white-space: pre-wrap;
  overflow-wrap: anywhere;
}
@media (max-width: 480px) {
  .sheet-bar {
    padding: 2px 10px 4px;
  }
  .sheet-box {
    padding: 16px;
  }
  .sheet-facts {
    display: block;
  }
}
.sheet-bar time,
.sheet-box time {
  white-space: nowrap;
}
@media print {
  .sheet-bar,
  .sheet-jumper,
  .sheet-flag,
  .sheet-actions {
    display: none;
  }
  .sheet-asked > :not(.sheet-dialogs) {
    display: none !important;
  }
  .sheet-box {
    position: static;
    max-height: none;
    overflow: visible;
    box-shadow: none;
  }
}
`,""]),r.d(t,{},{A:l})},314(e){e.exports=function(e){var t=[];return t.toString=function(){return this.map(function(t){var r="",o=void 0!==t[5];return t[4]&&(r+="@supports (".concat(t[4],") {")),t[2]&&(r+="@media ".concat(t[2]," {")),o&&(r+="@layer".concat(t[5].length>0?" ".concat(t[5]):""," {")),r+=e(t),o&&(r+="}"),t[2]&&(r+="}"),t[4]&&(r+="}"),r}).join("")},t.i=function(e,r,o,n,a){"string"==typeof e&&(e=[[null,e,void 0]]);var i={};if(o)for(var p=0;p<this.length;p++){var s=this[p][0];null!=s&&(i[s]=!0)}for(var d=0;d<e.length;d++){var l=[].concat(e[d]);o&&i[l[0]]||(void 0!==a&&(void 0===l[5]||(l[1]="@layer".concat(l[5].length>0?" ".concat(l[5]):""," {").concat(l[1],"}")),l[5]=a),r&&(l[2]&&(l[1]="@media ".concat(l[2]," {").concat(l[1],"}")),l[2]=r),n&&(l[4]?(l[1]="@supports (".concat(l[4],") {").concat(l[1],"}"),l[4]=n):l[4]="".concat(n)),t.push(l))}},t}},417(e){e.exports=function(e,t){return(t||(t={}),e&&(e=String(e.__esModule?e.default:e),/^['"].*['"]$/.test(e)&&(e=e.slice(1,-1)),t.hash&&(e+=t.hash),/["'() \t\n]|(%20)/.test(e)||t.needQuotes))?'"'.concat(e.replace(/"/g,'\\"').replace(/\n/g,"\\n"),'"'):e}},601(e){e.exports=function(e){return e[1]}},495(e,t,r){r.r(t);var o=r(72),n=r.n(o),a=r(825),i=r.n(a),p=r(659),s=r.n(p),d=r(56),l=r.n(d),c=r(540),h=r.n(c),f=r(113),x=r.n(f),g=r(920),u={};u.styleTagTransform=x(),u.setAttributes=l(),u.insert=s().bind(null,"head"),u.domAPI=i(),u.insertStyleElement=h(),n()(g.A,u);let b=g.A&&g.A.locals?g.A.locals:void 0;r.d(t,{},{default:b})},72(e){var t=[];function r(e){for(var r=-1,o=0;o<t.length;o++)if(t[o].identifier===e){r=o;break}return r}function o(e,o){for(var n={},a=[],i=0;i<e.length;i++){var p=e[i],s=o.base?p[0]+o.base:p[0],d=n[s]||0,l="".concat(s," ").concat(d);n[s]=d+1;var c=r(l),h={css:p[1],media:p[2],sourceMap:p[3],supports:p[4],layer:p[5]};if(-1!==c)t[c].references++,t[c].updater(h);else{var f=function(e,t){var r=t.domAPI(t);return r.update(e),function(t){t?(t.css!==e.css||t.media!==e.media||t.sourceMap!==e.sourceMap||t.supports!==e.supports||t.layer!==e.layer)&&r.update(e=t):r.remove()}}(h,o);o.byIndex=i,t.splice(i,0,{identifier:l,updater:f,references:1})}a.push(l)}return a}e.exports=function(e,n){var a=o(e=e||[],n=n||{});return function(e){e=e||[];for(var i=0;i<a.length;i++){var p=r(a[i]);t[p].references--}for(var s=o(e,n),d=0;d<a.length;d++){var l=r(a[d]);0===t[l].references&&(t[l].updater(),t.splice(l,1))}a=s}}},659(e){var t={};e.exports=function(e,r){var o=function(e){if(void 0===t[e]){var r=document.querySelector(e);if(window.HTMLIFrameElement&&r instanceof window.HTMLIFrameElement)try{r=r.contentDocument.head}catch(e){r=null}t[e]=r}return t[e]}(e);if(!o)throw Error("Couldn't find a style target. This probably means that the value for the 'insert' parameter is invalid.");o.appendChild(r)}},540(e){e.exports=function(e){var t=document.createElement("style");return e.setAttributes(t,e.attributes),e.insert(t,e.options),t}},56(e,t,r){e.exports=function(e){var t=r.nc;t&&e.setAttribute("nonce",t)}},825(e){e.exports=function(e){if("u"<typeof document)return{update:function(){},remove:function(){}};var t=e.insertStyleElement(e);return{update:function(r){var o,n,a;o="",r.supports&&(o+="@supports (".concat(r.supports,") {")),r.media&&(o+="@media ".concat(r.media," {")),(n=void 0!==r.layer)&&(o+="@layer".concat(r.layer.length>0?" ".concat(r.layer):""," {")),o+=r.css,n&&(o+="}"),r.media&&(o+="}"),r.supports&&(o+="}"),(a=r.sourceMap)&&"u">typeof btoa&&(o+="\n/*# sourceMappingURL=data:application/json;base64,".concat(btoa(unescape(encodeURIComponent(JSON.stringify(a))))," */")),e.styleTagTransform(o,t,e.options)},remove:function(){var e;null===(e=t).parentNode||e.parentNode.removeChild(e)}}}},113(e){e.exports=function(e,t){if(t.styleSheet)t.styleSheet.cssText=e;else{for(;t.firstChild;)t.removeChild(t.firstChild);t.appendChild(document.createTextNode(e))}}},230(e){e.exports="data:image/svg+xml,%3Csvg xmlns=%27http://www.w3.org/2000/svg%27 viewBox=%270 0 20 20%27%3E%3Cpath d=%27M3 10l5 5 9-10%27 fill=%27none%27 stroke=%27%23fff%27 stroke-width=%273%27/%3E%3C/svg%3E"}}]);