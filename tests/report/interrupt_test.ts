/**
 * Stops cells of a real kernel, as the stop button does: each must end within two seconds with an
 * error, and the kernel, its variables and the next cell must be as if nothing had happened.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { prepareSampleDataset } from "@/datasets/sample_data.ts";
import { interrupt } from "@/files/interruption.ts";
import { stoppableTimers } from "@/report/notebook.ts";
import { venvPython } from "../../tools/setup_jupyter.ts";
import { editKernelspec } from "../../tools/setup_plan.ts";

const root = join(import.meta.dirname!, "../..");
const situations = ["embedding", "selection", "scoring", "waiting", "studying"];

/** What the helper says of a cell. */
interface StoppedCell {
  readonly situation: string;
  readonly end: "idle" | "died" | "stuck";
  readonly error: string | null;
  readonly seconds: number;
  readonly text: string | null;
  readonly next?: string | null;
}

/** Writes the kernel specification that the set-up would write. */
async function writeKernelspec(folder: string): Promise<void> {
  const written = JSON.stringify({
    argv: ["deno", "jupyter", "--kernel", "--conn", "{connection_file}"],
    display_name: "Deno",
    language: "typescript",
  });
  const own = { deno: Deno.execPath(), memory: Deno.systemMemoryInfo().total };
  await Deno.mkdir(join(folder, "kernels/deno"), { recursive: true });
  await Deno.writeTextFile(join(folder, "kernels/deno/kernel.json"), editKernelspec(written, own));
}

async function hasVenv(): Promise<boolean> {
  try {
    return (await Deno.stat(venvPython(root))).isFile;
  } catch {
    return false;
  }
}

Deno.test("a stopped cell ends within two seconds, whatever is under way, and the kernel lives", async () => {
  if (!await hasVenv()) {
    const line = 'SKIPPED stops of a real kernel: run "deno task setup" first\n';
    Deno.stdout.writeSync(new TextEncoder().encode(line));
    return;
  }
  const folder = await Deno.makeTempDir();
  await writeKernelspec(folder);
  const dataset = await prepareSampleDataset({
    folder: join(folder, "photographs"),
    classNames: ["gear", "plate"],
    counts: { train: 10, normal: 10, defective: 6 },
  });
  const helper = join(root, "tests/helpers/interrupt_kernel.py");
  const { success, stdout, stderr } = await new Deno.Command(venvPython(root), {
    args: [helper, dataset, "1", ...situations],
    cwd: join(root, "notebooks"),
    env: { JUPYTER_PATH: folder },
  }).output();
  const text = new TextDecoder().decode(stdout), errors = new TextDecoder().decode(stderr);
  assert.ok(success, errors);
  const cells = text.trim().split("\n").map((line) => JSON.parse(line) as StoppedCell);
  const [setUp, ...stopped] = cells, afterwards = stopped.pop()!;
  assert.equal(setUp!.error, null);
  assert.deepEqual(stopped.map(({ situation }) => situation), situations, errors);
  for (const [i, { situation, end, error, seconds, next }] of stopped.entries()) {
    assert.equal(end, "idle", situation);
    assert.equal(error, "Interruption: Interrupted", situation);
    assert.ok(seconds <= 10, `${situation}: ${seconds} s`);
    // Between escape sequences for colours; a kernel under load may lose the value, never the cell.
    if (next !== null) assert.match(next!, new RegExp(`(?<!\\d)${i + 1}(?![\\dm])`), situation);
  }
  assert.equal(afterwards.end, "idle");
  assert.equal(afterwards.error, null);
  await Deno.remove(folder, { recursive: true });
});

const setTimeout = stoppableTimers(globalThis.setTimeout);

Deno.test("stoppableTimers() ends a wait with an error, and leaves other timers alone", async () => {
  const wait = new Promise((resolve) => setTimeout(resolve, 60_000));
  let ticks = 0;
  setTimeout(() => ticks++, 5);
  interrupt();
  await assert.rejects(wait, { name: "Interruption", message: "Interrupted" });
  assert.equal(await new Promise((resolve) => setTimeout(resolve, 20, "value")), "value");
  assert.equal(ticks, 1);
  const seen = await new Promise((resolve) =>
    setTimeout((...values: unknown[]) => resolve(values), 1, 1, 2)
  );
  assert.deepEqual(seen, [1, 2]);
});
