import assert from "node:assert/strict";
import { join } from "node:path";
import { runCommandLine } from "@/cli.ts";
import { exportCommand } from "@/deploy/commands/export.ts";
import { exportWords } from "@/deploy/commands/export_words.ts";
import { noProgress } from "@/files/progress.ts";
import { runExperiment } from "@/lab/experiment.ts";
import { makeTinyDataset, tinyConfig } from "../../helpers/dataset.ts";
import { makeFolder } from "../../helpers/folder.ts";
import { collectOutput } from "../../helpers/output.ts";

const photographs = await makeTinyDataset({ train: 4, normal: 2, anomalous: 2 });
const config = await tinyConfig(photographs, [`DEFAULT.savedir=${makeFolder()}`]);
const run = (await runExperiment(config)).folder;

/** Runs the command as the command line does. */
async function call(...words: readonly string[]): Promise<string> {
  const printed: string[] = [];
  const print = (line: string) => void printed.push(line);
  const code = await runCommandLine({
    ...{ args: ["export", ...words], print, complain: print, startProgress: noProgress },
  });
  assert.equal(code, 0);
  return printed.join("\n");
}

Deno.test("exportCommand() exports and says what was written and how it is used", async () => {
  const folder = join(makeFolder(), "exported");
  const text = await call(run, folder, "--resize", "fast");
  const [first, second, promise] = text.split("\n");
  // 12 photographs of 12 × 12 patches; of each of 3 groups a tenth is kept.
  assert.match(
    first!,
    /\/detector\.onnx: \d\.\d MB, 3 groups, 171 rows, operator set 18; the page needs 14\.3 MB more\.$/,
  );
  assert.equal(second, "Thresholds (group): largest calibration score.");
  assert.equal(promise, "  at most about 20 % false alarms for images like these");
  assert.match(text, /^Page: +python3 -m http\.server --directory /m);
  assert.match(text, /^Python: +python3 .*use_detector\.py/m);
  const json = await call(run, folder, "--json");
  const { about, files } = JSON.parse(json);
  assert.equal(about.input.scaling, "exact");
  assert.equal(files["detector.onnx"], (await Deno.stat(join(folder, "detector.onnx"))).size);
});

Deno.test("exportWords take no number", () => {
  assert.deepEqual(exportWords.options.filter(([, , isNumber]) => isNumber), []);
});

Deno.test("exportCommand() refuses another way to scale", async () => {
  const { output } = collectOutput();
  await assert.rejects(
    exportCommand({
      ...{ run, folder: "out", resize: "quick" },
      output,
    }),
    { message: `Cannot export "${run}": "--resize" must be one of exact, fast, got "quick"` },
  );
});
