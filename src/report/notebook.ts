/**
 * What notebook cells show: `await show(value)` and a progress bar.
 *
 * The Deno kernel may report a cell as finished before its last output has left; outputs that are
 * awaited and given a moment to drain are not lost. Outside of the kernel the same calls print
 * text, so the cells of a notebook also run as a script.
 *
 * @module
 */
import { displayBundle, type Showable, type ShowOptions } from "@/report/display_bundle.ts";

export type { DisplayBundle, Showable, ShowOptions } from "@/report/display_bundle.ts";

/** Milliseconds after which an output has left the kernel. */
const DRAIN = 100;

/** Milliseconds between two updates of a progress bar. */
const UPDATE_INTERVAL = 200;

/** How the text of a value that could not be shown begins. */
export const SHOW_FAILURE = "Cannot show";

/**
 * Shows a value below the cell, or prints it as text outside of a notebook.
 *
 * A value that cannot be shown is reported in its place, as text that begins with "Cannot show";
 * the cell goes on.
 *
 * @param value Markdown text, chart, picture, grid of pictures, or records as a table.
 * @param options Columns of a table and caption.
 * @returns When the output has left the kernel, about 100 ms later.
 *
 * @example A table
 * ```ts
 * import { show } from "@/report/notebook.ts";
 *
 * await show([{ class: "nut", auroc: 0.98 }], { percent: ["auroc"] });
 * ```
 */
export async function show(value: Showable, options: ShowOptions = {}): Promise<void> {
  const bundle = await displayBundle(value, options).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    const text = reason.startsWith(SHOW_FAILURE) ? reason : `${SHOW_FAILURE} a value: ${reason}`;
    return { data: { "text/plain": text }, metadata: {} };
  });
  const kernel = findKernel();
  if (kernel === undefined) return await print(String(bundle.data["text/plain"]));
  await kernel.broadcast("display_data", { ...bundle, transient: {} });
  await drain();
}

/** A progress bar that is redrawn between calls. */
export interface NotebookProgress {
  /** Says which share of the work is done, from 0 to 1; may be called as often as one likes. */
  readonly report: (share: number) => void;
  /** Draws the bar full and waits until it has left the kernel. */
  readonly finish: () => Promise<void>;
}

/**
 * Shows a progress bar.
 *
 * Work that never yields to the event loop delays the updates to its end.
 *
 * @param label What is being done.
 * @returns Functions that move the bar.
 *
 * @example Two steps
 * ```ts
 * import { showProgress } from "@/report/notebook.ts";
 *
 * const progress = await showProgress("Selecting the coreset");
 * progress.report(0.5);
 * await progress.finish();
 * ```
 */
export async function showProgress(label: string): Promise<NotebookProgress> {
  const kernel = findKernel();
  const id = crypto.randomUUID();
  const send = async (type: string, share: number): Promise<void> => {
    const content = { data: { "text/plain": progressText(label, share) }, metadata: {} };
    await kernel?.broadcast(type, { ...content, transient: { display_id: id } });
  };
  let last = performance.now();
  let sent: Promise<void> = Promise.resolve();
  await send("display_data", 0);
  return {
    report: (share) => {
      const now = performance.now();
      if (kernel === undefined || now - last < UPDATE_INTERVAL) return;
      last = now;
      sent = sent.then(() => send("update_display_data", share));
    },
    finish: async () => {
      await sent;
      if (kernel === undefined) return await print(progressText(label, 1));
      await send("update_display_data", 1);
      await drain();
    },
  };
}

function progressText(label: string, share: number): string {
  const done = Math.round(20 * Math.min(1, Math.max(0, share)));
  const percent = Math.round(100 * Math.min(1, Math.max(0, share)));
  return `${label}  ${"█".repeat(done)}${"░".repeat(20 - done)}  ${percent} %`;
}

/** The kernel's messages; Deno has them only inside of a notebook and throws elsewhere. */
function findKernel(): typeof Deno.jupyter | undefined {
  try {
    return Deno.jupyter;
  } catch (error) {
    if (error instanceof Error && error.message.includes("deno jupyter")) return undefined;
    throw error;
  }
}

function drain(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, DRAIN));
}

async function print(text: string): Promise<void> {
  const bytes = new TextEncoder().encode(`${text}\n`);
  for (let begin = 0; begin < bytes.length;) {
    begin += await Deno.stdout.write(bytes.subarray(begin));
  }
}
