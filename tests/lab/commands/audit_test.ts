import assert from "node:assert/strict";
import { basename, dirname, join } from "node:path";
import { type AuditCommand, auditCommand } from "@/lab/commands/audit.ts";
import { makeFolder } from "../../helpers/folder.ts";
import { collectOutput } from "../../helpers/output.ts";

const folder = makeFolder();
const heading = "image,class,label,score,split\n";

/** Writes a table of two classes on levels 1 and 10; of class nut the anomalous ones score `found`. */
async function writeTable(name: string, found: number): Promise<string> {
  const path = join(folder, name);
  const rows = [["nut", 1, found], ["gear", 10, 30]].flatMap(([className, level, high]) => [
    `${className}/0.png,${className},0,${level},test`,
    `${className}/1.png,${className},1,${high},test`,
    `${className}/0.png,${className},0,${level},train`,
  ]);
  await Deno.writeTextFile(path, `${heading}${rows.join("\n")}\n`);
  return path;
}

/** Runs the command on files and overrides. */
async function audit(
  words: readonly string[],
  options: Partial<AuditCommand> & { isJson?: boolean } = {},
): Promise<string> {
  const { isJson = false, ...others } = options;
  const { output, text } = collectOutput({ isJson });
  await auditCommand({
    paths: words.filter((word) => !word.includes("=")),
    overrides: [...words.filter((word) => word.includes("=")), `DEFAULT.savedir=${folder}`],
    output,
    ...others,
  });
  return text();
}

Deno.test("auditCommand() prints verdicts and writes scenarios, decisions and a report", async () => {
  const path = await writeTable("mine.csv", 3);
  const text = await audit([path, "EVALUATION.threshold_rule=max"]);
  assert.match(text, /^mine: 4 test images, 2 calibration images/);
  assert.match(text, /1, 3: classes known .*class .*100\.0 %/);
  assert.match(text, /2, 4: classes unknown .*global .*R2 fails/);
  const [name] = /^[^:]+/.exec(text)!;
  const [, results = ""] = text.match(/^results in (.*), report in /m)!;
  assert.equal(dirname(results), join(folder, "audit"));
  assert.match(basename(results), /^mine-threshold_rule=max~\w+$/);
  const { scenarios, rule } = JSON.parse(
    await Deno.readTextFile(join(results, "scenarios.json")),
  );
  assert.deepEqual(rule, { name: "max" });
  assert.equal(scenarios["4"][name!].binary.pooled.recall, 0.5);
  const csv = await Deno.readTextFile(join(results, "scores.csv"));
  const nut = csv.split("\n").find((line) => line.includes("nut/1.png"))!;
  // Found at its class's threshold of 1, missed at the one global threshold of 10.
  assert.match(nut, /,3,1\.\d*,1,10\.\d*,0$/);
  assert.match(await Deno.readTextFile(join(results, "report.html")), /Audit of mine/);
});

Deno.test("auditCommand() compares several tables, and with one-class models", async () => {
  const [good, poor] = [await writeTable("good.csv", 3), await writeTable("poor.csv", 0)];
  const text = await audit([good, poor, "EVALUATION.threshold_rule=max"], { reference: good });
  assert.match(text, /one model per class +good/);
  assert.match(text, /good .*R1 holds: mean \|Δ\| 0\.0, worst Δ 0\.0/);
  // Nuts rank wrongly with an AUROC of 0 instead of 1; gears stay: mean |Δ| of 50 points.
  assert.match(text, /poor .*R1 fails: mean \|Δ\| 50\.0, worst Δ −100\.0/);
});

Deno.test("auditCommand() says whose thresholds are the oracle's", async () => {
  const path = join(folder, "test only.csv");
  await Deno.writeTextFile(path, "image,class,label,score\na,nut,0,1\nb,nut,1,2\n");
  const text = await audit([path]);
  assert.match(text, /thresholds are the oracle's, set on the test images themselves/);
  assert.match(text, /split "train"/);
});

Deno.test("auditCommand() refuses what it does not know", async () => {
  const path = await writeTable("known.csv", 3);
  await assert.rejects(audit([path], { format: "xlsx" }), {
    message: 'Cannot audit scores: format must be one of csv, jsonl, json, parquet, got "xlsx"',
  });
  await assert.rejects(audit(["EVALUATION.alpha=0.1"]), /at least one file is needed, got none/);
});

Deno.test("auditCommand() tells tables of one base name apart by their folders", async () => {
  for (const part of ["ours", "theirs"]) {
    await Deno.mkdir(join(folder, part), { recursive: true });
    await Deno.copyFile(await writeTable("scores.csv", 3), join(folder, part, "scores.csv"));
  }
  const paths = ["ours", "theirs"].map((part) => join(folder, part, "scores.csv"));
  const text = await audit([...paths, "EVALUATION.threshold_rule=max"], { isJson: true });
  const { tables, scenarios, report } = JSON.parse(text);
  assert.deepEqual(tables, ["ours/scores", "theirs/scores"]);
  assert.deepEqual(Object.keys(scenarios["4"]), tables);
  assert.match(report, /report\.html$/);
});
