import assert from "node:assert/strict";
import { join } from "node:path";
import { describeResults, runCommandLine } from "@/cli.ts";
import { repositoryRoot } from "@/files/environment.ts";
import { noProgress } from "@/files/progress.ts";
import { runExperiment } from "@/lab/experiment.ts";
import { makeTinyDataset, tinyConfig } from "./helpers/dataset.ts";
import { makeFolder } from "./helpers/folder.ts";

const dataset = await makeTinyDataset({ train: 4, normal: 2, anomalous: 2 });

async function run(...args: string[]) {
  const printed: string[] = [], complaints: string[] = [];
  const code = await runCommandLine({
    args,
    print: (line) => printed.push(line),
    complain: (line) => complaints.push(line),
    startProgress: noProgress,
  });
  return { code, printed: printed.join("\n"), complaints };
}

const tiny = (savedir: string) => [
  `DEFAULT.savedir=${savedir}`,
  "DATASET.name=Folder",
  `DATASET.datadir=${dataset}`,
  "DATASET.resize=96",
  "DATASET.imagesize=96",
  "MODEL.sampler=random",
  "EVALUATION.threshold_rule=max",
];

Deno.test("runCommandLine() runs an experiment and prints its table", async () => {
  const { code, printed, complaints } = await run("run", ...tiny(makeFolder()));
  assert.deepEqual([code, complaints], [0, []]);
  assert.match(printed, /^3 groups \(cluster; partitions [\d, ]+\), ARI 1\.000/);
  assert.match(
    printed,
    /^class +image AUROC +pixel AUROC +AUPRO@0\.3 +recall +FPR +F1$/m,
  );
  for (const row of ["blobs", "rings", "stripes", "mean", "pooled"]) {
    assert.match(printed, new RegExp(`^${row} +\\d`, "m"));
  }
  assert.match(printed, /report in .*report\.html$/);
});

Deno.test("runCommandLine() studies the scenarios and prints one row each", async () => {
  const { code, printed } = await run("scenarios", ...tiny(makeFolder()));
  assert.equal(code, 0);
  assert.equal(printed.match(/^\d (known|unknown) → (known|unknown)/gm)?.length, 8);
});

Deno.test("runCommandLine() explains itself", async () => {
  for (const args of [[], ["help"], ["--help"], ["run", "-h"], ["demo", "--help"]]) {
    const { code, printed } = await run(...args);
    assert.equal(code, 0);
    assert.match(printed, /deno task demo/);
  }
});

Deno.test("runCommandLine() refuses in one line, with exit code 2, and writes nothing", async () => {
  const folder = makeFolder();
  const savedir = `${folder}/results`;
  const file = `${folder}/file`;
  await Deno.writeTextFile(file, "");
  const cases: [string[], string | RegExp][] = [
    [
      ["walk"],
      'Cannot run "walk": the command must be one of run, scenarios, demo, audit, backbone, data',
    ],
    [
      ["run", "MODEL.smapler=random"],
      'Cannot load "defaults": unknown key "MODEL.smapler", did you mean "MODEL.sampler"?',
    ],
    [
      ["run", "DEFAULT.seed=many"],
      'Cannot load "defaults": "DEFAULT.seed" must be an integer from 0 to 4294967295 or a list of different integers, each from 0 to 4294967295, got "many"',
    ],
    [
      ["run", "random"],
      'Cannot load "defaults": an override must have the form KEY.sub=value, got "random"',
    ],
    [["run", "config=no.yaml"], 'Cannot load "no.yaml": the file must exist'],
    [
      ["run", ...tiny(savedir), `DATASET.datadir=${folder}/nowhere`],
      `Cannot read dataset "${folder}/nowhere": there must be such a folder, got none`,
    ],
    [
      ["run", ...tiny(savedir), "DATASET.classname=ring"],
      `Cannot read dataset "${dataset}": unknown class "ring", did you mean "rings"?`,
    ],
    [["scenarios", ...tiny(savedir), "MODEL.backbone=vgg"], /^Cannot open .*vgg/],
    [["demo", "DATASET.name=Folder"], /DATASET\.datadir/],
    [
      ["demo", "config=own.yaml", "MODEL.backbone=none"],
      'Cannot run "demo": it has a configuration of its own, got "config=own.yaml"; use "scenarios"',
    ],
    ...["run", "scenarios"].map((command): [string[], RegExp] => [
      [command, ...tiny(`${file}/results`)],
      /^Cannot write results to ".*file.results.*": ".*file" must be a folder that can be written to$/,
    ]),
  ];
  for (const [args, message] of cases) {
    const { code, printed, complaints } = await run(...args);
    assert.equal(code, 2, args.join(" "));
    assert.equal(printed, "");
    assert.equal(complaints.length, 1);
    if (typeof message === "string") assert.equal(complaints[0], message);
    else assert.match(complaints[0]!, message);
    assert.ok(!complaints[0]!.includes("\n"));
  }
  assert.throws(() => Deno.statSync(savedir), Deno.errors.NotFound);
});

Deno.test("runCommandLine() tells unforeseen faults by exit code 1 and where they happened", async () => {
  const complaints: string[] = [];
  const code = await runCommandLine({
    args: ["run", ...tiny(makeFolder())],
    startProgress: () => {
      throw new TypeError("out of paper");
    },
    complain: (line) => complaints.push(line),
  });
  assert.equal(code, 1);
  assert.match(complaints[0]!, /^TypeError: out of paper\n +at /);
});

Deno.test("the command line exits with its code and complains on standard error alone", async () => {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "-q", join(repositoryRoot, "src/cli.ts"), "walk"],
  }).output();
  const texts = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assert.equal(code, 2);
  assert.deepEqual(texts, [
    "",
    'Cannot run "walk": the command must be one of run, scenarios, demo, audit, backbone, data\n',
  ]);
});

Deno.test("describeResults() tells numbers of one seed, and means ± deviations of several", async () => {
  const config = await tinyConfig(await makeTinyDataset({ train: 4, normal: 2, anomalous: 2 }), [
    `DEFAULT.savedir=${makeFolder()}`,
    "DEFAULT.seed=[5, 6]",
    "MODEL.sampler=random",
  ]);
  const results = (await runExperiment(config)).runs.map(({ result }) => result);
  const one = describeResults(results.slice(0, 1), 0.3), two = describeResults(results, 0.3);
  assert.match(one, /^\d groups \(cluster; partitions .*\), ARI 1\.000, purity 100\.0 %/);
  assert.match(one, /blobs +100\.0 %/);
  assert.match(two, /blobs +100\.0 ± 0\.0 %/);
  assert.match(two, /AUPRO@0\.3/);
});
