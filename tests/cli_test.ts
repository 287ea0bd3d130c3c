import assert from "node:assert/strict";
import { join } from "node:path";
import { runCommandLine } from "@/cli.ts";
import { configKeys } from "@/config.ts";
import { DATASET_NAMES } from "@/datasets/dataset.ts";
import { repositoryRoot } from "@/files/environment.ts";
import { noProgress } from "@/files/progress.ts";
import { makeTinyDataset } from "./helpers/dataset.ts";
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
  "MODEL.min_group=1",
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

Deno.test("runCommandLine() explains itself, and every command with its options and keys", async () => {
  for (const args of [[], ["help"], ["--help"], ["-h"]]) {
    const { code, printed } = await run(...args);
    assert.equal(code, 0);
    for (
      const name of [
        "run",
        "scenarios",
        "demo",
        "audit",
        "backbone",
        "data",
        "config",
        "results",
        "thresholds",
        "predict",
        "extend",
      ]
    ) {
      assert.match(printed, new RegExp(`^  ${name} `, "m"), name);
    }
  }
  const pages: [string[], RegExp[]][] = [
    [["run", "--help"], [/^Usage: deno task run \[options\]/, /--json/, /--quiet/]],
    [["help", "scenarios"], [/^Usage: deno task scenarios/, /DATASET\.name=Sample/]],
    [["demo", "-h"], [/configs\/sample\.yaml/]],
    [["audit", "--help"], [/--reference <file>/, /--map-root/, /EVALUATION\.alpha=0\.05/]],
    [["backbone", "--help"], [/--from <file>/, /MODEL\.layers=\[stride8,stride16\]/]],
    [["data", "--help"], [/^ {2}download /m, /^ {2}check /m]],
    [["data", "download", "--help"], [/--address <url>/, /--keep-archive/]],
    [["config", "--help"], [/--explain <key>/]],
    [["export", "--help"], [/^Usage: deno task export RUN FOLDER/, /--thresholds <file>/]],
    [["results", "--help"], [/--sort <column>/, /--dataset <name>/, /--resamples/, /--json/]],
  ];
  for (const [args, expected] of pages) {
    const { code, printed } = await run(...args);
    assert.equal(code, 0, args.join(" "));
    for (const each of expected) assert.match(printed, each, args.join(" "));
    for (const line of printed.split("\n")) assert.ok(line.length <= 100, line);
  }
  const { printed } = await run("run", "--help");
  for (const { path } of configKeys) assert.ok(printed.includes(`${path}=`), path);
  assert.doesNotMatch((await run("audit", "--help")).printed, /MODEL\./);
});

Deno.test("runCommandLine() tells its version", async () => {
  const { version } = JSON.parse(await Deno.readTextFile(join(repositoryRoot, "deno.json")));
  for (const flag of ["--version", "-V"]) {
    assert.deepEqual(await run(flag), { code: 0, printed: version, complaints: [] });
  }
});

Deno.test("runCommandLine() asks whether another name was meant", async () => {
  const cases: [string[], string][] = [
    [["rn"], 'Cannot run "rn": unknown command "rn", did you mean "run"?'],
    [["data", "lst"], 'Cannot run "data": unknown action "lst", did you mean "list"?'],
    [
      ["data", "delete"],
      'Cannot run "data": unknown action "delete", known are list, download, check, describe',
    ],
    [
      ["run", "--config", "x"],
      'Cannot run "run": unknown option "--config", did you mean "config=x"?',
    ],
    [
      ["run", "--config=x"],
      'Cannot run "run": unknown option "--config", did you mean "config=x"?',
    ],
    [["run", "--jsno"], 'Cannot run "run": unknown option "--jsno", did you mean "--json"?'],
    [
      ["data", "check", "MVTec", "--foldr", "x"],
      'Cannot run "data": unknown option "--foldr", did you mean "--folder"?',
    ],
    [
      ["data", "describe", "MVTec", "--from", "x"],
      'Cannot run "data": unknown option "--from", known are --folder, --json, --quiet',
    ],
    [
      ["data", "check", "MVTec", "--folder"],
      'Cannot run "data": "--folder" must have a value, got none',
    ],
    [["data", "check", "a", "b"], 'Cannot run "data": one dataset must be named, got "a" and "b"'],
    [["data", "list", "a"], 'Cannot run "data": no dataset must be named, got "a"'],
    [
      ["backbone", "resnet18", "resnet"],
      'Cannot run "backbone": one name must be given, got "resnet18", "resnet"',
    ],
    [
      ["backbone", "resnet18", "--from"],
      'Cannot run "backbone": "--from" must have a value, got none',
    ],
    [
      ["run", "MODEL.sampler=greeedy"],
      'Cannot load "defaults": "MODEL.sampler" must be one of greedy, random, identity, greedy_coreset, ' +
      'got "greeedy", did you mean "greedy"?',
    ],
    [
      ["run", "MODEL.name=Patchcore"],
      'Cannot load "defaults": "MODEL.name" must be one of PatchCore, HierarchicalPatchCore, ' +
      'got "Patchcore", did you mean "PatchCore"?',
    ],
    [
      ["run", "DATASET.name=mvtec"],
      'Cannot load "defaults": "DATASET.name" must be one of Sample, Folder, MVTec, VisA, BTAD, ' +
      'MPDD, got "mvtec", did you mean "MVTec"?',
    ],
    [
      ["config", "--explain", "sampler_rati"],
      'Cannot explain "sampler_rati": unknown key "sampler_rati", did you mean "sampler_ratio"?',
    ],
    [["run", "config="], 'Cannot run "run": "config=" must name a file, got none'],
    [
      ["audit", "scores.csv", "MODEL.name=PatchCore"],
      "Cannot audit scores: an option must be one of reference, format, class_of, folder " +
      'or begin with EVALUATION. or DEFAULT., got "MODEL.name=PatchCore"',
    ],
  ];
  for (const [args, message] of cases) {
    assert.deepEqual(await run(...args), { code: 2, printed: "", complaints: [message] });
  }
});

Deno.test("runCommandLine() gives one JSON document, and no text beside it", async () => {
  const folder = makeFolder();
  const { code, printed, complaints } = await run("run", "--json", ...tiny(folder));
  assert.deepEqual([code, complaints], [0, []]);
  const { runs, seeds_folder } = JSON.parse(printed);
  assert.equal(seeds_folder, null);
  assert.deepEqual(Object.keys(runs[0].results.classes), ["blobs", "rings", "stripes"]);
  assert.equal(runs[0].binary_results.rule.name, "max");
  assert.ok((await Deno.stat(runs[0].report)).isFile);
  const study = JSON.parse((await run("scenarios", ...tiny(folder), "--json")).printed);
  assert.deepEqual(Object.keys(study.scenarios), ["1", "2", "3", "4"]);
  assert.ok((await Deno.stat(study.report)).isFile);
  const listed = JSON.parse((await run("data", "--json")).printed);
  assert.deepEqual(listed.map(({ name }: { name: string }) => name), [...DATASET_NAMES]);
  const backbones = JSON.parse((await run("backbone", "-j")).printed);
  assert.equal(backbones[0].name, "embedded");
  const config = JSON.parse((await run("config", "--json", "MODEL.sampler=random")).printed);
  assert.equal(config.MODEL.sampler, "random");
});

Deno.test("runCommandLine() shows progress unless it is to be quiet", async () => {
  const labels: string[] = [];
  const startProgress = (label: string) => {
    labels.push(label);
    return noProgress(label);
  };
  const args = ["run", ...tiny(makeFolder())];
  const line = { print: () => {}, complain: () => {}, startProgress };
  assert.equal(await runCommandLine({ ...line, args: [...args, "--quiet"] }), 0);
  assert.deepEqual(labels, []);
  assert.equal(await runCommandLine({ ...line, args }), 0);
  assert.ok(labels.length > 2);
});

Deno.test("runCommandLine() shows and explains configurations", async () => {
  const shown = await run("config", "config=configs/sample.yaml", "MODEL.patch_size=5");
  assert.match(shown.printed, /^DEFAULT:\n {2}savedir: results\n {2}seed: 0\n/);
  assert.match(shown.printed, /^ {2}patch_size: 5$/m);
  const { printed } = await run("config", "--explain", "sampler_ratio", "MODEL.sampler_ratio=0.5");
  assert.match(
    printed,
    /^MODEL\.sampler_ratio\n {2}Share .*\n {2}must be {2}a number above 0 and at most 1\n {2}default {2}0\.1\n {2}here {5}0\.5$/,
  );
  const section = await run("config", "--explain", "runtime", "--json");
  assert.deepEqual(JSON.parse(section.printed).map(({ path }: { path: string }) => path), [
    ...["RUNTIME.threads", "RUNTIME.cache_gigabytes", "RUNTIME.memory_gigabytes"],
    "RUNTIME.provider",
  ]);
});

Deno.test("help loads neither the picture library nor ONNX Runtime", async () => {
  const script = `
    const { runCommandLine } = await import("@/cli.ts");
    await runCommandLine({ args: ["run", "--help"], print: () => {} });
    const { createRequire } = await import("node:module");
    const heavy = () => Object.keys(createRequire(import.meta.url).cache ?? {})
      .filter((path) => /sharp|onnxruntime|vega/.test(path)).length;
    const afterHelp = heavy();
    await import("sharp");
    console.log(afterHelp, heavy() > 0);
  `;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "-q", script],
    cwd: repositoryRoot,
  }).output();
  assert.equal(new TextDecoder().decode(stdout).trim(), "0 true");
});

Deno.test("runCommandLine() refuses in one line, with exit code 2, and writes nothing", async () => {
  const folder = makeFolder();
  const savedir = `${folder}/results`;
  const file = `${folder}/file`;
  await Deno.writeTextFile(file, "");
  const cases: [string[], string | RegExp][] = [
    [
      ["walk"],
      'Cannot run "walk": unknown command "walk", known are run, scenarios, demo, export, audit, ' +
      "backbone, data, config, results, thresholds, predict, extend",
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
    [["results", "nowhere"], 'Cannot find results in "nowhere": it must be a folder, got nothing'],
    [
      ["results", "--sorted=f1"],
      'Cannot run "results": unknown option "--sorted", did you mean "--sort"?',
    ],
    [["results", "--sort"], 'Cannot run "results": "--sort" must have a value, got none'],
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
    'Cannot run "walk": unknown command "walk", known are run, scenarios, demo, export, audit, backbone, ' +
    "data, config, results, thresholds, predict, extend\n",
  ]);
});

Deno.test("runCommandLine() ends in order when nobody reads its output any more", async () => {
  const complaints: string[] = [];
  const code = await runCommandLine({
    args: ["help"],
    print: () => {
      throw new Deno.errors.BrokenPipe("Broken pipe");
    },
    complain: (line) => complaints.push(line),
  });
  assert.deepEqual([code, complaints], [0, []]);
});
