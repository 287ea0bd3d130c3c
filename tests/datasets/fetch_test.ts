import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { basename, join } from "node:path";
import { type Benchmark, findBenchmark } from "@/datasets/benchmarks.ts";
import {
  datasetFolder,
  datasetListText,
  fetchDataset,
  type FetchDatasetOptions,
  listDatasets,
} from "@/datasets/fetch.ts";
import { noProgress } from "@/files/progress.ts";
import { buildTar, buildZip, listTree, packXz } from "../helpers/archives.ts";
import { makeFolder } from "../helpers/folder.ts";
import { answerFile, cut, startServer } from "../helpers/server.ts";

const content = Uint8Array.from({ length: 150_000 }, (_, i) => i % 127);
const archive = packXz(buildTar([{ name: "nut/train/good/000.png", content }]));
const text = new TextDecoder().decode(content);
const tree = {
  "nut/": "",
  "nut/train/": "",
  "nut/train/good/": "",
  "nut/train/good/000.png": text,
};

function hashOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function describeBenchmark(
  { addresses = [], sha256 = hashOf(archive), bytes = archive.length }: {
    addresses?: readonly string[];
    sha256?: string | null;
    bytes?: number | null;
  },
): Benchmark {
  return {
    ...findBenchmark("MVTec"),
    archive: { file: "a.tar.xz", addresses, sha256, bytes },
  };
}

/** Fetches into a folder of its own, and tells what was printed. */
async function fetchInto(
  benchmark: Benchmark,
  options: Partial<FetchDatasetOptions> = {},
  parent: string = makeFolder(),
) {
  const lines: string[] = [];
  const folder = join(parent, "mvtec");
  const print = (line: string) => lines.push(line);
  const run = fetchDataset(benchmark, { folder, print, startProgress: noProgress, ...options });
  return { parent, lines, ...await run };
}

Deno.test("fetchDataset() tells the licence first, downloads, verifies, unpacks and cleans up", async () => {
  const lines: string[] = [];
  await using server = startServer((request) => {
    assert.equal(lines.length, 1, "what there is to know comes before the first request");
    return answerFile(request, { bytes: archive });
  });
  const parent = makeFolder();
  const labels: string[] = [], shares: number[] = [];
  const startProgress = (label: string) => {
    labels.push(label);
    return { report: (share: number) => shares.push(share), finish: () => {} };
  };
  const benchmark = describeBenchmark({ addresses: [`${server.address}/a`] });
  const print = (line: string) => lines.push(line);
  const done = await fetchInto(benchmark, { print, startProgress }, parent);
  assert.deepEqual([done.fetched, done.files], [archive.length, 1]);
  assert.deepEqual(listTree(parent), {
    "mvtec/": "",
    ...Object.fromEntries(Object.entries(tree).map(([path, value]) => [`mvtec/${path}`, value])),
  });
  assert.equal(
    lines[0],
    `MVTec AD\n  licence  ${benchmark.licence}\n  cite     ${benchmark.citation}\n` +
      `  page     ${benchmark.page}`,
  );
  assert.deepEqual(lines.slice(1), [
    `verified: SHA-256 ${hashOf(archive)}`,
    `1 file is in "${join(parent, "mvtec")}"`,
  ]);
  assert.deepEqual(labels, ["download MVTec", "unpack MVTec"]);
  assert.equal(shares.at(-1), 1);

  const again = await fetchInto(benchmark, {}, parent);
  assert.deepEqual([again.fetched, again.files, server.requests.length], [0, null, 1]);
  assert.equal(again.lines.at(-1), `"${done.folder}" holds files already; nothing was done`);
});

Deno.test("fetchDataset() goes on with a download that was cut, and keeps the archive if asked", async () => {
  const file = { bytes: archive, etag: '"1"' };
  await using server = startServer((request, index) =>
    index === 0 ? cut(answerFile(request, file), 60_000) : answerFile(request, file)
  );
  const benchmark = describeBenchmark({ addresses: [`${server.address}/a`] });
  const { parent, folder, fetched } = await fetchInto(benchmark, { keepArchive: true });
  assert.equal(fetched, archive.length);
  assert.equal(server.requests[1]!.headers.get("range"), "bytes=60000-");
  assert.deepEqual(listTree(folder), tree);
  assert.deepEqual([...Deno.readDirSync(join(parent, "downloads"))].map(({ name }) => name), [
    "a.tar.xz",
  ]);
  await Deno.remove(folder, { recursive: true });
  const again = await fetchInto(benchmark, {}, parent);
  assert.deepEqual([again.fetched, again.files, server.requests.length], [0, 1, 2]);
  assert.deepEqual([...Deno.readDirSync(parent)].map(({ name }) => name), ["mvtec"]);
});

Deno.test("fetchDataset() keeps nothing of a file with another hash", async () => {
  await using server = startServer((request) => answerFile(request, { bytes: archive.slice(1) }));
  const parent = makeFolder();
  const benchmark = describeBenchmark({ addresses: [`${server.address}/a`] });
  await assert.rejects(fetchInto(benchmark, {}, parent), {
    message: `Cannot download "a.tar.xz": its address must give it, got ${server.address}/a: ` +
      `SHA-256 ${hashOf(archive.slice(1))} instead of ${hashOf(archive)}`,
  });
  assert.deepEqual(Object.keys(listTree(parent)).filter((path) => !path.endsWith("/")), []);
});

Deno.test("fetchDataset() keeps nothing of an archive that reaches out of its folder", async () => {
  const evil = buildZip([{ name: "a.png", content: "a" }, { name: "../../evil", content: "b" }]);
  await using server = startServer((request) => answerFile(request, { bytes: evil }));
  const addresses = [`${server.address}/a`];
  for (const sha256 of [hashOf(evil), null]) {
    const parent = makeFolder();
    const benchmark = describeBenchmark({ addresses, sha256, bytes: null });
    await assert.rejects(fetchInto(benchmark, {}, parent), {
      name: "RangeError",
      message: 'Cannot extract "a.tar.xz": entry "../../evil" must have no part ".."',
    });
    assert.deepEqual(listTree(parent), {});
  }
});

Deno.test("fetchDataset() takes the user's addresses in place of the published ones", async () => {
  await using server = startServer((request) =>
    request.path === "/gone" ? { status: 404 } : answerFile(request, { bytes: archive })
  );
  const benchmark = describeBenchmark({ addresses: ["http://127.0.0.1:9/published"] });
  const addresses = [`${server.address}/gone`, `${server.address}/a`];
  const { files, lines } = await fetchInto(benchmark, { addresses });
  assert.deepEqual([files, server.requests.length], [1, 2]);
  assert.equal(lines[1], `verified: SHA-256 ${hashOf(archive)}`);
});

Deno.test("fetchDataset() takes over a copy, which stays", async () => {
  const from = join(makeFolder(), "copy.bin");
  await Deno.writeFile(from, archive);
  const { folder, parent, fetched, lines } = await fetchInto(describeBenchmark({}), { from });
  assert.equal(fetched, 0);
  assert.deepEqual(listTree(folder), tree);
  assert.deepEqual(await Deno.readFile(from), archive);
  assert.deepEqual([...Deno.readDirSync(parent)].map(({ name }) => name), ["mvtec"]);
  assert.equal(lines[1], `verified: SHA-256 ${hashOf(archive)}`);

  const unknown = await fetchInto(describeBenchmark({ sha256: null }), { from });
  assert.equal(
    unknown.lines[1],
    `not verified: no SHA-256 of MVTec AD is published; that of this file is ${hashOf(archive)}`,
  );
  assert.deepEqual(listTree(unknown.folder), tree);
});

Deno.test("fetchDataset() refuses a copy that is another file, or none", async () => {
  const elsewhere = makeFolder(), parent = makeFolder();
  const from = join(elsewhere, "copy");
  await Deno.writeFile(from, archive.slice(1));
  const benchmark = describeBenchmark({});
  await assert.rejects(fetchInto(benchmark, { from }, parent), {
    name: "RangeError",
    message: `Cannot download "MVTec": SHA-256 of "${from}" must be ${hashOf(archive)}, ` +
      `got ${hashOf(archive.slice(1))}`,
  });
  await assert.rejects(fetchInto(benchmark, { from: `${from}-none` }, parent), {
    message: `Cannot download "MVTec": "${from}-none" must be a file, got none`,
  });
  await assert.rejects(fetchInto(benchmark, { from: elsewhere }, parent), {
    message: `Cannot download "MVTec": "${elsewhere}" must be a file, got a folder`,
  });
  const both = { from, addresses: ["https://example.invalid/a"] };
  await assert.rejects(fetchInto(benchmark, both, parent), {
    name: "RangeError",
    message: 'Cannot download "MVTec": it must come from a file or from addresses, got both',
  });
  const damaged = describeBenchmark({ sha256: null });
  await assert.rejects(fetchInto(damaged, { from }, parent), /must be a tar, tar.xz/);
  assert.deepEqual(await Deno.readFile(from), archive.slice(1));
  assert.deepEqual(listTree(parent), {});
});

Deno.test("fetchDataset() says how to get what has no address", async () => {
  const lines: string[] = [];
  const print = (line: string) => lines.push(line);
  await assert.rejects(fetchInto(findBenchmark("MPDD"), { print }), {
    message:
      'Cannot download "MPDD": its authors share MPDD as a folder, which must be downloaded ' +
      "by hand. Open https://github.com/stepanje/MPDD, follow the link to the dataset in its " +
      "README, download the whole folder there as a zip file (MPDD.zip), then run: " +
      "deno task data download MPDD --from FILE",
  });
  assert.match(lines[0]!, /licence {2}CC BY-NC-SA 4\.0/);
  const from = join(makeFolder(), "MPDD.zip");
  await Deno.writeFile(from, buildZip([{ name: "anomaly_dataset/tubes/a.png", content: "a" }]));
  const { folder } = await fetchInto(findBenchmark("MPDD"), { from });
  assert.equal(listTree(folder)["anomaly_dataset/tubes/a.png"], "a");
});

Deno.test("fetchDataset() counts the room that archive and files need before it downloads", async () => {
  const benchmark = describeBenchmark({ addresses: ["http://127.0.0.1:9/a"], bytes: 2 ** 52 });
  const parent = makeFolder();
  await assert.rejects(fetchInto(benchmark, {}, parent), (error: Error) => {
    assert.ok(error.message.startsWith(
      `Cannot download "MVTec": it needs about 9,007,199,254,740,992 bytes in "${parent}", got `,
    ));
    return true;
  });
  assert.deepEqual(listTree(parent), {});
});

Deno.test("fetchDataset() leaves what is there alone, and fills a folder that is empty", async () => {
  const parent = makeFolder(), elsewhere = makeFolder();
  const from = join(elsewhere, "copy");
  await Deno.writeFile(from, archive);
  const benchmark = describeBenchmark({});
  await Deno.writeTextFile(join(parent, "mvtec"), "a file");
  await assert.rejects(fetchInto(benchmark, { from }, parent), {
    message: `Cannot download "MVTec": "${join(parent, "mvtec")}" must be a folder, got a file`,
  });
  assert.equal(await Deno.readTextFile(join(parent, "mvtec")), "a file");
  await Deno.remove(join(parent, "mvtec"));
  // A link to an empty folder on another disk.
  await Deno.mkdir(join(elsewhere, "disk"));
  await Deno.symlink(join(elsewhere, "disk"), join(parent, "mvtec"));
  const { folder } = await fetchInto(benchmark, { from }, parent);
  assert.equal(basename(folder), "mvtec");
  assert.ok((await Deno.lstat(join(parent, "mvtec"))).isSymlink);
  assert.deepEqual(listTree(join(elsewhere, "disk")), tree);
});

Deno.test("fetchDataset() stops for a signal; what was downloaded waits for the next time", async () => {
  await using server = startServer((request) => answerFile(request, { bytes: archive }));
  const parent = makeFolder(), reason = new Error("enough"), stop = new AbortController();
  const benchmark = describeBenchmark({ addresses: [`${server.address}/a`] });
  const startProgress = (label: string) => ({
    report: () => label.startsWith("unpack") && stop.abort(reason),
    finish: () => {},
  });
  const options = { startProgress, signal: stop.signal };
  await assert.rejects(fetchInto(benchmark, options, parent), (error) => error === reason);
  assert.deepEqual(Object.keys(listTree(parent)), ["downloads/", "downloads/a.tar.xz"]);
  const { fetched, files } = await fetchInto(benchmark, {}, parent);
  assert.deepEqual([fetched, files, server.requests.length], [0, 1, 1]);
});

Deno.test("fetchDataset() is patient with a server only as long as it is told", async () => {
  await using server = startServer((request, index) =>
    index === 0
      ? cut(answerFile(request, { bytes: archive }), 1000, "stall")
      : answerFile(request, { bytes: archive })
  );
  const benchmark = describeBenchmark({ addresses: [`${server.address}/a`] });
  const { files } = await fetchInto(benchmark, {
    patience: 50,
    signal: AbortSignal.timeout(20_000),
  });
  assert.deepEqual([files, server.requests.length], [1, 2]);
});

Deno.test("listDatasets() tells which datasets are here", async () => {
  const folder = makeFolder();
  await Deno.mkdir(join(folder, "visa/candle"), { recursive: true });
  await Deno.mkdir(join(folder, "btad"));
  const rows = datasetListText(await listDatasets(folder)).split("\n").slice(2);
  assert.deepEqual(rows.map((row) => row.split(/ {2,}/).slice(0, 4)), [
    ["Sample", join(folder, "sample"), "not here", "456"],
    ["Folder", "any", "–", "–"],
    ["MVTec", join(folder, "mvtec"), "not here", "5,354"],
    ["VisA", join(folder, "visa"), "here", "10,821"],
    ["BTAD", join(folder, "btad"), "not here", "2,540"],
    ["MPDD", join(folder, "mpdd"), "not here", "1,346"],
  ]);
});

Deno.test("listDatasets() shows the project's own folders from its root on, in a hundred columns", async () => {
  const lines = datasetListText(await listDatasets()).split("\n");
  assert.match(lines[5] ?? "", /^VisA +data.visa +(?:not )?here/);
  assert.ok(Math.max(...lines.map((line) => line.length)) <= 100);
});

Deno.test("datasetFolder() leaves the choice to the user where any folder will do", () => {
  assert.equal(datasetFolder("BTAD", "data"), join("data", "btad"));
  assert.equal(datasetFolder("Folder", "data"), null);
});
