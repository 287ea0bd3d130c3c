import assert from "node:assert/strict";
import { join } from "node:path";
import { pictureName } from "@/deploy/evidence.ts";
import { findPhotographs, type NamedPhotograph, walkImages } from "@/deploy/photographs.ts";
import type { Prediction, Predictor } from "@/deploy/predictor.ts";
import { scorePhotographs } from "@/deploy/score_photographs.ts";
import { count, exitCode, startTally, summaryOf } from "@/deploy/tally.ts";
import { UnreadableImage } from "@/images/decode.ts";
import { makeFolder } from "../helpers/folder.ts";

async function* each<Value>(...values: readonly Value[]): AsyncGenerator<Value> {
  yield* values;
}

Deno.test("findPhotographs() takes names in their order, folders with all below, and a list", async () => {
  const folder = makeFolder();
  for (const name of ["b/2.PNG", "b/1.jpg", "b/c/3.webp", "b/.hidden.png", "b/x.txt", "e/y.txt"]) {
    await Deno.mkdir(join(folder, name, ".."), { recursive: true });
    await Deno.writeTextFile(join(folder, name), "");
  }
  await Deno.symlink(join(folder, "b"), join(folder, "b/c/again"));
  const at = (name: string): string => join(folder, name);
  const lines = each(at("b/2.PNG"), "", at("gone.png"));
  const words = ["-", at("b"), at("*/[12].*"), at("e"), at("*.gif")];
  const found = await Array.fromAsync(findPhotographs(words, { lines }));
  assert.deepEqual(found, [
    { path: at("b/2.PNG") },
    { path: at("gone.png") },
    ...["b/1.jpg", "b/2.PNG", "b/c/3.webp", "b/1.jpg", "b/2.PNG"].map((name) => ({
      path: at(name),
    })),
    { path: at("e"), fault: "there must be an image in the folder, got none" },
    { path: at("*.gif"), fault: "the pattern must match an image, got none" },
  ]);
  assert.equal((await Array.fromAsync(walkImages(folder))).length, 3);
});

Deno.test("pictureName() keeps to its folder, whatever the path", () => {
  const cases = {
    "in/a.png": "in/a.png",
    "./in/a.JPG": "in/a.JPG.png",
    "/data/in/a.tif": "data/in/a.tif.png",
    "../../a.png": "__/__/a.png",
  };
  for (const [path, name] of Object.entries(cases)) assert.equal(pictureName(path), name);
});

/** Scores a photograph by the number in its name. */
function fakePredictor(batches: number[]): Predictor {
  const predict = (images: readonly Uint8Array[]): Promise<Prediction[]> => {
    batches.push(images.length);
    return Promise.resolve(images.map(([score]) => ({ score }) as Prediction));
  };
  const read = (path: string): Promise<Uint8Array> =>
    path.startsWith("bad")
      ? Promise.reject(
        new UnreadableImage(path, { what: "image", reason: "it is bad", cause: undefined }),
      )
      : path === "bug"
      ? Promise.reject(new TypeError("no fault of the file"))
      : Promise.resolve(Uint8Array.of(Number(path)));
  return { batchSize: 3, predict, read } as unknown as Predictor;
}

Deno.test("scorePhotographs() keeps the order, begins with one, and goes on after what is unreadable", async () => {
  const batches: number[] = [];
  const names: NamedPhotograph[] = ["0", "1", "bad 2", "3", "4", "5", "6"].map((path) => ({
    path,
  }));
  names.push({ path: "7", fault: "named wrongly" });
  const scored = await Array.fromAsync(scorePhotographs(each(...names), fakePredictor(batches)));
  assert.deepEqual(
    scored.map(({ path, prediction, fault }) => [path, prediction?.score ?? fault]),
    [
      ...[["0", 0], ["1", 1], ["bad 2", "it is bad"], ["3", 3]],
      ...[["4", 4], ["5", 5], ["6", 6], ["7", "named wrongly"]],
    ],
  );
  assert.deepEqual(batches, [1, 2, 3]);
  await assert.rejects(
    Array.fromAsync(scorePhotographs(each({ path: "bug" }), fakePredictor([]))),
    TypeError,
  );
});

Deno.test("exitCode() and summaryOf() tell what became of photographs", () => {
  const tally = startTally();
  const add = (verdict: Partial<Prediction> | null): void =>
    count({ path: "", prediction: verdict as Prediction | null, fault: null, pixels: null }, tally);
  for (let i = 0; i < 3; i++) add({ isAnomalous: false, isRefused: false });
  assert.equal(summaryOf(tally, 1500), "3 photographs scored in 1.5 s (2.0 a second): 0 anomalous");
  assert.deepEqual([exitCode(tally, { fail: true }), exitCode(tally, { fail: false })], [0, 0]);
  add(null);
  assert.equal(exitCode(tally, { fail: true }), 1);
  add({ isAnomalous: false, isRefused: true });
  assert.deepEqual([exitCode(tally, { fail: true }), exitCode(tally, { fail: false })], [3, 1]);
  add({ isAnomalous: true, isRefused: true });
  assert.equal(
    summaryOf(tally, 2500),
    "5 photographs scored in 2.5 s (2.0 a second): 1 anomalous, 2 defective or unknown, " +
      "1 that cannot be read",
  );
});
