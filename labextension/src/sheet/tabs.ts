/** Windows of one browser that show the same paper tell each other what was saved. */

export interface Told {
  readonly saved?: { readonly cell: string; readonly text: string; readonly savedAt: string };
  /** Handed in, or a state that others should fetch. */
  readonly changed?: boolean;
  /** A window was opened; the others answer that they are there. */
  readonly hello?: boolean;
  readonly here?: boolean;
}

export class Tabs {
  private readonly channel: BroadcastChannel | undefined;

  constructor(name: string, listener: (told: Told) => void) {
    // Where browsers have none, the server still tells of newer answers.
    this.channel = typeof BroadcastChannel === 'function' ? new BroadcastChannel(name) : undefined;
    this.channel?.addEventListener('message', event => listener(event.data as Told));
    this.tell({ hello: true });
  }

  tell(told: Told): void {
    this.channel?.postMessage(told);
  }

  close(): void {
    this.channel?.close();
  }
}
