import assert from "node:assert/strict";
import { join } from "node:path";
import { type ResultsCommand, resultsCommand } from "@/lab/commands/results.ts";
import { type MadeUpScore, writeMadeUpRun } from "../../helpers/finished.ts";
import { makeFolder } from "../../helpers/folder.ts";
import { collectOutput } from "../../helpers/output.ts";

async function run(folders: readonly string[], options: Partial<ResultsCommand> = {}) {
  const { output, text } = collectOutput();
  await resultsCommand({ folders, output, ...options });
  return text();
}

async function readDocument(folders: readonly string[], options: Partial<ResultsCommand> = {}) {
  const { output, text, notices } = collectOutput({ isJson: true });
  await resultsCommand({ folders, output, ...options });
  return { document: JSON.parse(text()), notices: notices() };
}

const scores: MadeUpScore[] = [1, 2, 3, 4].map((score, i) => ({
  image: String(i),
  label: i < 2 ? 0 : 1,
  score,
}));
const swapped = [1, 3, 2, 4].map((score, i) => ({ ...scores[i]!, score }));

/** Two runs of one dataset and one of another. */
async function makeResults(): Promise<string> {
  const root = makeFolder();
  await writeMadeUpRun(join(root, "a"), { scores, aurocs: { nut: 1 }, alpha: 0.1 });
  await writeMadeUpRun(join(root, "b"), {
    scores: swapped,
    finished: "2025-01-01T00:00:00.000Z",
    f1: null,
  });
  await writeMadeUpRun(join(root, "c"), { dataset: "mvtec", aurocs: { nut: 0.875 } });
  return root;
}

Deno.test("resultsCommand() lists what is there and writes a page of it", async () => {
  const root = await makeResults();
  const text = await run([root]);
  const [heading, , ...lines] = text.split("\n");
  assert.match(
    heading!,
    /^finished +dataset +model +scenario +image AUROC +worst +F1 +R1 +R2 +differs +folder$/,
  );
  assert.match(
    lines[0]!,
    /^\d{4}-\d\d-\d\d \d\d:\d\d +sample +PatchCore +4 +100\.0 % +nut 100\.0 % +50\.0 % +– +– +alpha=0\.1 +\S+\/a$/,
  );
  assert.ok(text.endsWith(`All of them on one page: ${root}/index.html`));
  assert.match(await Deno.readTextFile(`${root}/index.html`), /3 runs/);
  const { document } = await readDocument([root]);
  assert.equal(document.schema, 1);
  assert.deepEqual(document.pages, [`${root}/index.html`]);
  assert.deepEqual(document.results.map((each: { folder: string }) => each.folder), [
    `${root}/a`,
    `${root}/c`,
    `${root}/b`,
  ]);
  const { macro_image_auroc, worst_class, R1 } = document.results[0];
  assert.deepEqual([macro_image_auroc, worst_class, R1], [1, "nut", null]);
});

Deno.test("resultsCommand() sorts with gaps last, and lists one dataset; the page has all", async () => {
  const root = await makeResults();
  const sorted = async (sort: string) => {
    const { document } = await readDocument([root], { sort });
    return document.results.map(({ folder }: { folder: string }) => folder.slice(-1)).join("");
  };
  assert.deepEqual(
    [await sorted("auroc"), await sorted("folder"), await sorted("finished")],
    ["acb", "abc", "acb"],
  );
  assert.match(await sorted("f1"), /b$/);
  const { document } = await readDocument([root], { dataset: "mvtec" });
  assert.equal(document.results.length, 1);
  assert.match(await Deno.readTextFile(`${root}/index.html`), /3 runs/);
});

Deno.test("resultsCommand() leaves a page alone that is not its own, and a folder of results", async () => {
  const root = await makeResults();
  await Deno.writeTextFile(`${root}/index.html`, "<p>mine</p>");
  const text = await run([root]);
  assert.match(
    text,
    /no index\.html in "[^"]+": the one that is there is not this program's, it stays$/,
  );
  assert.equal(await Deno.readTextFile(`${root}/index.html`), "<p>mine</p>");
  const { document, notices } = await readDocument([`${root}/a`]);
  assert.deepEqual(document.pages, []);
  assert.equal(notices, `no index.html in "${root}/a": the folder is one of results itself`);
});

Deno.test("resultsCommand() names what it left out, and says when there is nothing", async () => {
  const root = makeFolder();
  assert.equal(await run([root]), `No results in ${root}.`);
  assert.deepEqual([...Deno.readDirSync(root)], []);
  await Deno.mkdir(`${root}/x`);
  await Deno.writeTextFile(`${root}/x/test_results.json`, '{"schema": 9}');
  assert.match(
    await run([`${root}/`]),
    /^No results in .*\nleft out ".*\/x": test_results\.json: schema must be one of 1, got 9$/m,
  );
});

Deno.test("resultsCommand() lists several folders at once, each with its page", async () => {
  const one = await makeResults(), two = await makeResults();
  const { document } = await readDocument([one, two]);
  assert.equal(document.results.length, 6);
  assert.deepEqual(document.pages, [`${one}/index.html`, `${two}/index.html`]);
  assert.match(await Deno.readTextFile(`${two}/index.html`), /3 runs/);
});

Deno.test("resultsCommand() compares runs: a table for each metric and each other run", async () => {
  const root = await makeResults();
  await writeMadeUpRun(join(root, "d"), { scores: swapped.slice(1), datadir: "/elsewhere" });
  const text = await run([`${root}/a/`, `${root}/b`], { seed: 1 });
  assert.match(text, /^A: PatchCore, scenario 4, alpha=0\.1; \S+\/a$/m);
  assert.match(text, /^sample: 4 test images that all share\.$/m);
  assert.match(text, /^Image AUROC +images +A +B +B − A +interval$/m);
  // Worked by hand in compare_runs_test.ts.
  assert.match(text, /^nut +4 +100\.0 % +75\.0 % +−25\.0 +−100\.0 to 0\.0$/m);
  assert.match(text, /^mean of classes +– +100\.0 % +50\.0 % +−50\.0 /m);
  assert.match(text, /95 %, paired bootstrap, 1,000 draws .*\nimages .* seed 1;/);
  const three = await run([`${root}/a`, `${root}/b`, `${root}/d`], { resamples: 10 });
  assert.match(three, /^sample: 3 test images that all share; A has 4, B has 4\.$/m);
  assert.match(three, /^They read images from "the program's own" and "\/elsewhere";/m);
  assert.equal(three.match(/C − A/g)?.length, 2);
  const { document } = await readDocument([`${root}/a`, `${root}/b`], { resamples: 10 });
  assert.deepEqual([document.resamples, document.seed, document.shared], [10, 0, 4]);
  assert.deepEqual(document.metrics.image_auroc.classes.nut.values, [1, 0.75]);
  assert.equal(document.runs[1].folder, `${root}/b`);
});

Deno.test("resultsCommand() refuses in one line what it cannot list or compare", async () => {
  const root = await makeResults();
  const at = (name: string): string => `${root}/${name}`;
  await writeMadeUpRun(at("seeds/seed-0"));
  const summary = {
    schema: 1,
    seeds: [0, 1],
    mean: {
      classes: {},
      macro: { image_auroc: 1 },
      binary: { pooled: { f1: 1 } },
    },
  };
  await Deno.writeTextFile(at("seeds/seed_summary.json"), JSON.stringify(summary));
  await Deno.copyFile(at("a/config.yaml"), at("seeds/config.yaml"));
  const refused = async (
    folders: readonly string[],
    message: string,
    options: Partial<ResultsCommand> = {},
  ) => await assert.rejects(run(folders.map(at), options), { name: "RangeError", message });
  const none = `Cannot find results in "${at("none")}": it must be a folder, got nothing`;
  await refused(["none"], none);
  await refused(["a", "none"], none);
  await refused(
    ["a/config.yaml"],
    `Cannot find results in "${at("a/config.yaml")}": it must be a folder, got a file`,
  );
  await Deno.mkdir(at("empty"));
  await refused(
    ["a", "empty"],
    `Cannot compare "${at("empty")}": it must be the folder of a run, got one without ` +
      "test_results.json",
  );
  await refused(
    ["a", "seeds"],
    `Cannot compare "${at("seeds")}": it must be the folder of one run, got that of several ` +
      `seeds; name one of its runs, such as "${at("seeds/seed-0")}"`,
  );
  await refused(
    ["a", "a"],
    `Cannot compare runs: each must be another one, got "${at("a")}" twice`,
  );
  await refused(
    ["a", "c"],
    `Cannot compare "${at("a")}" and "${
      at("c")
    }": they must be of the same dataset, got "sample" ` +
      'and "mvtec"',
  );
  await refused(
    ["a", "b"],
    'Cannot compare runs: "--resamples" must be an integer from 2 to 1000000, got 1',
    { resamples: 1 },
  );
  await refused(
    ["a", "b"],
    'Cannot compare runs: "--sort" must be left out, it is of the list',
    { sort: "f1" },
  );
  await refused(
    [""],
    'Cannot list results: "--seed" must be left out, it is of the comparison of two or more runs',
    { seed: 1 },
  );
  await refused(
    [""],
    'Cannot list results: "--sort" must be one of finished, dataset, model, auroc, worst, f1, ' +
      'folder, got "when"',
    { sort: "when" },
  );
  await refused(
    [""],
    'Cannot list results: "--dataset" must name a dataset of them, known are mvtec, sample, ' +
      'got "samples", did you mean "sample"?',
    { dataset: "samples" },
  );
});
