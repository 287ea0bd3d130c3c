import assert from "node:assert/strict";
import { join } from "node:path";
import { type Arrivals, watchArrivals } from "@/deploy/arrivals.ts";
import type { Prediction, Predictor } from "@/deploy/predictor.ts";
import { openResultFile } from "@/deploy/result_file.ts";
import { watchFolder } from "@/deploy/watch_folder.ts";
import { UnreadableImage } from "@/images/decode.ts";
import { makeFolder } from "../helpers/folder.ts";

const never = new AbortController().signal;

/** Takes what becomes whole until there are so many, or five seconds are over. */
async function takeAll(arrivals: Arrivals, done: Set<string>, count: number): Promise<string[]> {
  const images: string[] = [], end = performance.now() + 5000;
  while (images.length < count && performance.now() < end) {
    for (const { image } of await arrivals.take(2)) {
      images.push(image);
      done.add(image);
    }
    if (images.length < count) await arrivals.wait(never);
  }
  return images;
}

Deno.test("watchArrivals() gives what lies there, what is written, and what is renamed, once", async () => {
  const folder = makeFolder(), done = new Set(["old.png"]);
  for (const name of ["old.png", "b.png", "a.png"]) {
    await Deno.writeTextFile(join(folder, name), name);
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
  const arrivals = await watchArrivals(folder, {
    isDone: (image) => done.has(image),
    settling: 50,
  });
  assert.deepEqual(await arrivals.take(9), [], "nothing is whole at once");
  assert.deepEqual(await takeAll(arrivals, done, 2), ["b.png", "a.png"]);
  await Deno.mkdir(join(folder, "below"));
  await Deno.writeTextFile(join(folder, ".part"), "c");
  await Deno.rename(join(folder, ".part"), join(folder, "below/c.png"));
  await Deno.writeTextFile(join(folder, "notes.txt"), "no image");
  assert.deepEqual(await takeAll(arrivals, done, 1), ["below/c.png"]);
  await Deno.writeTextFile(join(folder, "d.png"), "d");
  await arrivals.take(9);
  await new Promise((resolve) => setTimeout(resolve, 30));
  await arrivals.take(9);
  await Deno.remove(join(folder, "d.png"));
  await new Promise((resolve) => setTimeout(resolve, 80));
  assert.deepEqual(await arrivals.take(9), []);
  assert.equal(arrivals.gone, 1);
  arrivals.close();
});

Deno.test("watchArrivals() waits for a file that still changes", async () => {
  const folder = makeFolder(), path = join(folder, "slow.png");
  const arrivals = await watchArrivals(folder, { isDone: () => false, settling: 150 });
  for (let i = 0; i < 8; i++) {
    await Deno.writeTextFile(path, "more", { append: true });
    assert.deepEqual(await arrivals.take(1), []);
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
  const [taken] = await takeAll(arrivals, new Set(), 1);
  assert.equal(taken, "slow.png");
  const [arrival] = await arrivals.take(1);
  assert.equal(await arrivals.isUnchanged(arrival!), true);
  await Deno.writeTextFile(path, "!", { append: true });
  assert.equal(await arrivals.isUnchanged(arrival!), false);
  arrivals.close();
});

Deno.test("watchArrivals() says when its folder is gone", async () => {
  const folder = join(makeFolder(), "in");
  await Deno.mkdir(folder);
  const arrivals = await watchArrivals(folder, { isDone: () => false, rescan: 0 });
  await arrivals.take(1);
  await Deno.remove(folder);
  // The folder is looked through at most a twentieth of the time.
  const look = async (): Promise<void> => {
    for (let i = 0; i < 100; i++) {
      await arrivals.take(1);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  await assert.rejects(look(), {
    message: `Cannot watch "${folder}": the folder must stay where it was, it is gone`,
  });
  arrivals.close();
});

Deno.test("watchFolder() says once of a file that it is unreadable, and scores it when it changed", async () => {
  const folder = makeFolder(), out = join(makeFolder(), "lines.jsonl");
  const read = async (path: string): Promise<Uint8Array> => {
    const text = await Deno.readTextFile(path);
    if (text === "bad") {
      throw new UnreadableImage(path, { what: "image", reason: text, cause: null });
    }
    return new TextEncoder().encode(text);
  };
  const predict = (images: readonly Uint8Array[]): Promise<Prediction[]> =>
    Promise.resolve(images.map((image) => ({ score: image.length }) as Prediction));
  const predictor = { batchSize: 4, read, predict } as unknown as Predictor;
  const watch = async (until: number, onLine: (line: string) => void): Promise<void> => {
    const file = await openResultFile(out, "jsonl"), stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), 2000);
    let lines = 0;
    await watchFolder(folder, {
      ...{ predictor, file, format: "jsonl", signal: stop.signal, patience: 100 },
      prepare: () => Promise.resolve(),
      onScored: (_, line) => {
        onLine(line);
        if (++lines === until) setTimeout(() => stop.abort(), 300);
      },
      onBegin: () => {},
      onFault: () => assert.fail(),
    });
    clearTimeout(timer);
    file.close();
  };
  await Deno.writeTextFile(join(folder, "1.png"), "bad");
  await Deno.writeTextFile(join(folder, "2.png"), "good");
  await watch(2, () => {});
  // Another process later: nothing is said again, and a file that was repaired is scored.
  await Deno.writeTextFile(join(folder, "3.png"), "fine");
  await watch(1, (line) => {
    if (line.includes("3.png")) Deno.writeTextFileSync(join(folder, "1.png"), "repaired");
  });
  const lines = (await Deno.readTextFile(out)).trim().split("\n").map((line) => JSON.parse(line));
  const seen = lines.map(({ image, score, error }) => [image, score ?? error]);
  assert.deepEqual(seen.slice(0, 3), [["2.png", 4], ["1.png", "bad"], ["3.png", 4]]);
  await watch(1, () => {});
  const all = (await Deno.readTextFile(out)).trim().split("\n");
  assert.equal(all.length, 4);
  assert.equal(JSON.parse(all[3]!).score, "repaired".length);
});
