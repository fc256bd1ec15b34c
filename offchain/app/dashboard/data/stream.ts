/** Reads server-sent events from a response's body: EventSource cannot carry a token. */

/**
 * Calls `onData` with the data of each event called `name`, and `onSign` whenever anything arrives.
 * Resolves when the stream ends; rejects when it breaks.
 */
export async function readEvents(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  name: string,
  onData: (data: string) => void,
  onSign: () => void,
): Promise<void> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    onSign();
    const blocks = `${rest}${value}`.split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const lines = block.split("\n");
      if (!lines.includes(`event: ${name}`)) continue;
      const data = lines.filter((line) => line.startsWith("data: ")).map((line) => line.slice(6));
      onData(data.join("\n"));
    }
  }
}
