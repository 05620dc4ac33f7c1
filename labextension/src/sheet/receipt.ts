/** The receipt: shown, and kept as a picture. */
import { dated, element } from './dom';
import type { Receipt } from './transport';

/** What a receipt says, as pairs of name and value. */
export function receiptLines(receipt: Receipt, title: string): [string, string][] {
  return [
    ['试卷', title],
    ['学员', receipt.trainee],
    ['收到时间', `${receipt.received_at.slice(0, 19).replace('T', ' ')}（服务器时间）${receipt.late ? '　迟交' : ''}`],
    ['作答', `${receipt.answers} 题`],
    ['交卷', `第 ${receipt.attempt} 次`],
    ['回执编号', receipt.id],
    ['内容指纹', receipt.sha256],
    ['签名', receipt.signature]
  ];
}

/** The receipt as a list. */
export function receiptList(receipt: Receipt, title: string): HTMLElement {
  const list = element('dl', { class: 'sheet-receipt' });
  for (const [name, value] of receiptLines(receipt, title)) {
    list.append(element('dt', {}, name), element('dd', {}, ...dated(value)));
  }
  return list;
}

/** A text in lines that are no wider than `width`, as `measure` says. */
export function wrapped(text: string, width: number, measure: (text: string) => number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const character of Array.from(text)) {
    if (line && measure(line + character) > width) {
      lines.push(line);
      line = '';
    }
    line += character;
  }
  return line ? [...lines, line] : lines;
}

const WIDTH = 720;
const MARGIN = 40;
const NAMES = 130;
const LINE = 36;
const FONT = '"PingFang SC", "Microsoft YaHei", "Noto Sans SC", "Noto Sans CJK SC", sans-serif';

/** Draw the receipt on a canvas, large enough to be read on a phone. */
export function drawReceipt(receipt: Receipt, title: string): HTMLCanvasElement {
  const canvas = element('canvas');
  const pen = canvas.getContext('2d');
  if (!pen) {
    return canvas;
  }
  pen.font = `22px ${FONT}`;
  const rows = receiptLines(receipt, title).map(
    ([name, value]) => [name, wrapped(value, WIDTH - 2 * MARGIN - NAMES, part => pen.measureText(part).width)] as const
  );
  const lines = rows.reduce((sum, [, parts]) => sum + parts.length, 0);
  canvas.width = WIDTH;
  canvas.height = 130 + lines * LINE + rows.length * 8 + MARGIN;
  pen.fillStyle = '#ffffff';
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.fillStyle = '#a3161a';
  pen.fillRect(0, 0, WIDTH, 88);
  pen.fillStyle = '#ffffff';
  pen.font = `bold 32px ${FONT}`;
  pen.fillText('✓ 交卷回执', MARGIN, 56);
  let y = 136;
  for (const [name, parts] of rows) {
    pen.fillStyle = '#595959';
    pen.font = `22px ${FONT}`;
    pen.fillText(name, MARGIN, y);
    pen.fillStyle = '#1f1f1f';
    for (const part of parts) {
      pen.fillText(part, MARGIN + NAMES, y);
      y += LINE;
    }
    y += 8;
  }
  return canvas;
}

/** Have the browser download the receipt as a PNG. */
export function downloadReceipt(receipt: Receipt, title: string): void {
  drawReceipt(receipt, title).toBlob(blob => {
    if (!blob) {
      return;
    }
    const link = element('a', { href: URL.createObjectURL(blob), download: `回执-${title}-第${receipt.attempt}次.png` });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }, 'image/png');
}
