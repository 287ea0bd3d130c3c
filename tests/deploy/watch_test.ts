import assert from "node:assert/strict";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { runCommandLine } from "@/cli.ts";
import { openResultFile } from "@/deploy/result_file.ts";
import { headLine, lineOf } from "@/deploy/result_lines.ts";
import { noProgress } from "@/files/progress.ts";
import { runExperiment } from "@/lab/experiment.ts";
import { createRandom } from "@/math/random.ts";
import { makeTinyDataset, tinyConfig } from "../helpers/dataset.ts";
import { makeFolder } from "../helpers/folder.ts";

const dataset = await makeTinyDataset();
const savedir = join(makeFolder(), "run");
const { folder: run } = await runExperiment(
  await tinyConfig(dataset, [`DEFAULT.savedir=${savedir}`]),
);
const photographs = await Promise.all(
  ["blobs", "rings", "stripes"].flatMap((name) =>
    ["good/0", "good/1", "hole/0", "hole/1"].map((image) =>
      Deno.readFile(join(dataset, name, "test", `${image}.png`))
    )
  ),
);
const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Starts a watcher in a process of its own. */
function startWatcher(folder: string, out: string, ...options: string[]): Deno.ChildProcess {
  const cli = new URL("../../src/cli.ts", import.meta.url).pathname;
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "-q", cli, "predict", run, "--watch", folder, "--out", out, ...options],
    stdout: "null",
    stderr: "piped",
  }).spawn();
}

async function imagesOf(out: string): Promise<string[]> {
  const text = await Deno.readTextFile(out).catch(() => "");
  const complete = text.slice(0, text.lastIndexOf("\n") + 1);
  const rows = parse(complete, { columns: true }) as { image: string }[];
  return rows.map(({ image }) => image);
}

/** Waits until a file has lines about so many photographs, or time is over. */
async function waitFor(out: string, count: number, seconds = 60): Promise<void> {
  for (let i = 0; i < 10 * seconds && (await imagesOf(out)).length < count; i++) await pause(100);
}

Deno.test("predict --watch misses nothing and scores nothing twice, however often it is killed", async () => {
  const folder = makeFolder(), out = join(makeFolder(), "lines.csv");
  const total = 300, random = createRandom(1, "drop");
  await Deno.mkdir(join(folder, "later"));
  const names = Array.from(
    { length: total },
    (_, i) => i % 10 === 9 ? `later/${i}.png` : i % 7 === 3 ? `a "${i}",\nb.png` : `${i}.png`,
  );
  const drop = async (): Promise<void> => {
    const slow: Promise<void>[] = [];
    for (const [i, name] of names.entries()) {
      const path = join(folder, name), bytes = photographs[i % photographs.length]!;
      if (i % 3 === 0) {
        await Deno.writeFile(join(folder, `.${i}.part`), bytes);
        await Deno.rename(join(folder, `.${i}.part`), path);
      } else if (i % 3 === 1) await Deno.writeFile(path, bytes);
      else {
        slow.push((async () => {
          await Deno.writeFile(path, bytes.subarray(0, 700));
          await pause(random.integer(600));
          await Deno.writeFile(path, bytes.subarray(700), { append: true });
        })());
      }
      await pause(25);
    }
    await Promise.all(slow);
  };
  const dropping = drop();
  for (let kills = 0; kills < 4; kills++) {
    const watcher = startWatcher(folder, out);
    const before = (await imagesOf(out)).length;
    await waitFor(out, before + 1 + random.integer(30));
    await pause(random.integer(200));
    watcher.kill("SIGKILL");
    await watcher.output();
  }
  await dropping;
  const last = startWatcher(folder, out);
  await waitFor(out, total);
  await pause(600);
  const begin = performance.now();
  last.kill("SIGINT");
  const { code, stderr } = await last.output();
  const text = new TextDecoder().decode(stderr);
  assert.ok(performance.now() - begin < 4000, "ends soon"); // 2 s, on a machine that does nothing else
  assert.equal(code, 0, text);
  assert.match(text, /watching ".*"; \d+ scored before; Ctrl-C ends it/);
  assert.match(text, /\d+ photographs scored in /);
  const images = await imagesOf(out);
  assert.deepEqual(images.toSorted(), names.toSorted());
  // The same verdicts as for all files at once.
  const printed: string[] = [];
  await runCommandLine({
    args: ["predict", run, ...images.map((name) => join(folder, name)), "-q"],
    print: (line) => printed.push(line),
    startProgress: noProgress,
  });
  const rows = (csv: string): string[][] => (parse(csv) as string[][]).map((row) => row.slice(1));
  assert.deepEqual(rows(await Deno.readTextFile(out)), rows(printed.join("\n")));
});

Deno.test("predict --watch scores in order of arrival, and says once what stays unreadable", async () => {
  const folder = makeFolder(), out = join(makeFolder(), "lines.csv");
  for (const name of ["c", "a", "b"]) {
    await Deno.writeFile(join(folder, `${name}.png`), photographs[0]!);
    await pause(20);
  }
  await Deno.writeFile(join(folder, "broken.png"), photographs[0]!.subarray(0, 500));
  const watcher = startWatcher(folder, out);
  await waitFor(out, 3);
  assert.deepEqual(await imagesOf(out), ["c.png", "a.png", "b.png"]);
  await waitFor(out, 4);
  assert.equal((await imagesOf(out))[3], "broken.png");
  const second = startWatcher(folder, out);
  assert.match(
    new TextDecoder().decode((await second.output()).stderr),
    /^Cannot go on with ".*lines\.csv": no other process must write to it, one does\n$/,
  );
  await Deno.writeFile(join(folder, "broken.png"), photographs[0]!);
  await waitFor(out, 5);
  watcher.kill("SIGTERM");
  const { code, stderr } = await watcher.output();
  assert.equal(code, 1);
  assert.match(new TextDecoder().decode(stderr), /\nCannot read "broken\.png": /);
  assert.deepEqual((await imagesOf(out)).slice(3), ["broken.png", "broken.png"]);
  assert.match(
    (await Deno.readTextFile(out)).split("\n")[4]!,
    /^broken\.png,,,,,,,cannot be read: /,
  );
});

Deno.test("openResultFile() goes on after the last complete line, wherever the file was cut", async () => {
  const path = join(makeFolder(), "lines"), fault = "no such file";
  const prediction = {
    ...{ group: "nut", similarity: 0.5, score: 2, threshold: Infinity, ratio: null },
    ...{ isAnomalous: false, isRefused: true, mapUnit: 1, pixelThreshold: 1 },
    map: () => new Float32Array(0),
  };
  const names = ["ä 1.png", 'a "quoted",\nname.png', "3.png"];
  for (const format of ["csv", "jsonl"] as const) {
    const lines = names.map((name) => lineOf({ path: name, prediction, fault: null }, format));
    lines.push(lineOf({ path: "4.png", prediction: null, fault }, format));
    const whole = new TextEncoder().encode(headLine(format) + lines.join(""));
    const ends = [headLine(format), ...lines].map((_, i, all) =>
      new TextEncoder().encode(all.slice(0, i + 1).join("")).length
    );
    for (let length = 0; length <= whole.length; length++) {
      await Deno.writeFile(path, whole.subarray(0, length));
      const file = await openResultFile(path, format);
      const complete = ends.filter((end) => end <= length).length - 1;
      assert.deepEqual([...file.scored], names.slice(0, Math.max(0, complete)), `${length}`);
      assert.deepEqual([...file.unreadable], complete === 4 ? ["4.png"] : []);
      assert.equal(file.wasCut, !ends.includes(length) && length > 0);
      await file.append(lines[0]!);
      file.close();
      const kept = whole.subarray(0, Math.max(ends[0]!, ...ends.filter((end) => end <= length)));
      const expected = new TextDecoder().decode(kept) + lines[0];
      assert.equal(await Deno.readTextFile(path), expected);
    }
  }
  await Deno.writeTextFile(path, "some,other\ntable,1\n");
  for (const format of ["csv", "jsonl"] as const) {
    await assert.rejects(openResultFile(path, format), {
      message:
        `Cannot go on with "${path}": it must hold lines of "predict" as ${format}, got others`,
    });
  }
  assert.equal(await Deno.readTextFile(path), "some,other\ntable,1\n");
});

Deno.test("predict --watch refuses what would go wrong", async () => {
  const folder = makeFolder(), out = join(makeFolder(), "lines.csv");
  const refusal = async (...args: string[]): Promise<string> => {
    const lines: string[] = [];
    const complain = (line: string): number => lines.push(line);
    assert.equal(await runCommandLine({ args: ["predict", run, ...args], complain }), 2);
    return lines.join("\n");
  };
  assert.match(await refusal("--watch", folder), /^Cannot watch ".*": --out must name a file, /);
  assert.match(
    await refusal("--watch", out, "--out", out),
    /^Cannot watch ".*": it must be a folder/,
  );
  assert.match(
    await refusal("--watch", folder, "--out", out, "--maps", join(folder, "maps")),
    /^Cannot watch ".*": --maps must lie outside of it, got /,
  );
  assert.match(
    await refusal("--watch", folder, "--out", out, "--overwrite"),
    /^Cannot watch ".*": --out goes on where it ended, got --overwrite$/,
  );
  assert.match(
    await refusal("x.png", "--watch", folder, "--out", out),
    /got both "x.png" and --watch$/,
  );
});
