import assert from "node:assert/strict";
import { join } from "node:path";
import sharp from "sharp";
import type { Sample } from "@/datasets/dataset.ts";
import type { Picture } from "@/images/picture.ts";
import {
  chooseExamples,
  drawDatasetExamples,
  drawSmallestDefects,
} from "@/lab/dataset_pictures.ts";
import { measureDefects, surveyDataset } from "@/lab/survey_dataset.ts";
import { makeTinyDataset, tinyConfig } from "../helpers/dataset.ts";
import { makeFolder } from "../helpers/folder.ts";
import { bentOf, datasetOf, sampleOf, testOf } from "../helpers/inspected.ts";

const names = (rows: ReturnType<typeof chooseExamples>): string[][] =>
  rows.map(({ samples }) => samples.map(({ image }) => image));

/** Images of one kind of defect of a class. */
function kindOf(defect: string, count: number, className = "nut"): Sample[] {
  return Array.from(
    { length: count },
    (_, i) => bentOf(`${className}/${defect}${i}`, { defect, className }),
  );
}

Deno.test("chooseExamples() takes one normal test image and different kinds, evenly within a kind", () => {
  const dataset = datasetOf([
    sampleOf("train"),
    ...["n0", "n1", "n2"].map((image) => testOf(image)),
    ...kindOf("bent", 5),
    ...kindOf("rust", 1),
  ]);
  // One row of three anomalous images: bent, rust, then bent again; of five bent ones the positions
  // floor(0.5 · 5 / 2) = 1 and floor(1.5 · 5 / 2) = 3.
  assert.deepEqual(names(chooseExamples(dataset, { rows: 1 })), [
    ["n1", "nut/bent1", "nut/bent3", "nut/rust0"],
  ]);
});

Deno.test("chooseExamples() takes of many kinds those from first to last", () => {
  const kinds = ["a", "b", "c", "d", "e"].flatMap((kind) => kindOf(kind, 2));
  const rows = chooseExamples(datasetOf([testOf("n"), ...kinds]), { rows: 1 });
  assert.deepEqual(names(rows), [["n", "nut/a1", "nut/c1", "nut/e1"]]);
});

Deno.test("chooseExamples() spreads rows over many classes, and over few", () => {
  const classes = Array.from({ length: 15 }, (_, i) => `c${String(i).padStart(2, "0")}`);
  const many = datasetOf(classes.flatMap((className) => [
    testOf(`${className}/n`, { className }),
    ...kindOf("bent", 4, className),
  ]));
  assert.deepEqual(
    chooseExamples(many).map(({ className }) => className),
    ["c00", "c03", "c06", "c08", "c11", "c14"],
  );
  // One class with seven anomalous images fills three of six rows.
  const single = datasetOf([testOf("n0"), testOf("n1"), ...kindOf("bent", 7)]);
  assert.deepEqual(names(chooseExamples(single)).map((row) => row.length), [4, 4, 1]);
});

Deno.test("chooseExamples() prefers images with a mask and does without what is missing", () => {
  const dataset = datasetOf([
    sampleOf("train"),
    bentOf("a", { mask: null }),
    bentOf("b", { mask: null }),
    bentOf("c"),
  ]);
  assert.deepEqual(names(chooseExamples(dataset, { rows: 1, columns: 2 })), [["train", "c"]]);
  const isUsable = ({ image }: Sample): boolean => image === "b";
  assert.deepEqual(names(chooseExamples(dataset, { isUsable })), [["b"]]);
  assert.deepEqual(chooseExamples(dataset, { isUsable: () => false }), []);
});

Deno.test("chooseExamples() never takes an image twice", () => {
  const dataset = datasetOf([testOf("n"), ...kindOf("a", 3), ...kindOf("b", 9), ...kindOf("c", 1)]);
  for (let rows = 1; rows <= 6; rows++) {
    const images = names(chooseExamples(dataset, { rows, columns: 3 })).flat();
    assert.equal(new Set(images).size, images.length);
  }
});

Deno.test("chooseExamples() refuses a single column", () => {
  assert.throws(() => chooseExamples(datasetOf([]), { columns: 1 }), {
    name: "RangeError",
    message: "Cannot choose examples: at least 1 row and 2 columns are needed, got 6 and 1",
  });
});

const folder = await makeTinyDataset({ train: 1, normal: 1, anomalous: 2 });

/** Pixels of the outline's colour. */
function countOutlined({ data }: Picture): number {
  let count = 0;
  for (let i = 0; i < data.length; i += 3) {
    if (data[i] === 0 && data[i + 1] === 229 && data[i + 2] === 255) count++;
  }
  return count;
}

Deno.test("drawDatasetExamples() draws a row per class and outlines anomalous images alone", async () => {
  const survey = await surveyDataset(await tinyConfig(folder));
  const { pictures, columns } = await drawDatasetExamples(survey, { rows: 3, columns: 4 });
  assert.deepEqual([pictures.length, columns], [12, 4]);
  // Two anomalous images fill two of three places; the last one is blank and has no caption.
  const captions = pictures.slice(0, 4).map(({ caption }) => caption?.replace(/\d.*%/, "# %"));
  assert.deepEqual(captions, ["blobs\nnormal", "blobs\nhole, # %", "blobs\nhole, # %", undefined]);
  const outlined = pictures.slice(0, 4).map(({ picture }) => countOutlined(picture));
  assert.deepEqual(outlined.map((count) => count > 0), [false, true, true, false]);
});

Deno.test("drawDatasetExamples() shows oblong images whole, a single pixel outlined, the rest pale", async () => {
  const own = makeFolder();
  const raw = { width: 200, height: 100, channels: 1 } as const;
  const write = async (path: string, values: Uint8Array): Promise<void> => {
    await Deno.mkdir(join(own, path, ".."), { recursive: true });
    await sharp(values, { raw }).toColourspace("b-w").toFile(join(own, path));
  };
  const grey = new Uint8Array(20_000).fill(100), mask = new Uint8Array(20_000);
  mask[50 * 200 + 100] = 255;
  await write("nut/train/good/0.png", grey);
  await write("nut/test/good/0.png", grey);
  await write("nut/test/spot/0.png", grey);
  await write("nut/ground_truth/spot/0_mask.png", mask);
  const survey = await surveyDataset(await tinyConfig(own));
  const { pictures } = await drawDatasetExamples(survey, { columns: 2, tile: 80 });
  const [normal, spot] = pictures.map(({ picture }) => picture);
  // 80 pixels at 1.25 are 100: the image at half its size.
  assert.deepEqual([normal!.width, normal!.height], [100, 50]);
  // What short_side cuts: the outer quarters, of 100 + 0.45 · 155 = 169.75; the middle stays.
  assert.deepEqual([normal!.data[0], normal!.data[3 * 40]], [170, 100]);
  // A square of 7 pixels with a line 2 pixels wide: 49 less 9 in the middle.
  assert.equal(countOutlined(spot!), 40);
  assert.match(pictures[1]!.caption!, /^nut\nspot, 0\.005 %$/);
  const whole = await surveyDataset(await tinyConfig(own, ["DATASET.fit=square"]));
  const { pictures: all } = await drawDatasetExamples(whole, { columns: 2, tile: 80 });
  assert.equal(all[0]!.picture.data[0], 100);
});

Deno.test("drawDatasetExamples() says where there is no mask, and skips what cannot be read", async () => {
  const damaged = await makeTinyDataset({ train: 1, normal: 1, anomalous: 2 });
  await Deno.writeTextFile(join(damaged, "blobs/test/hole/0.png"), "no image");
  await Deno.remove(join(damaged, "rings/ground_truth"), { recursive: true });
  const survey = await surveyDataset(await tinyConfig(damaged));
  const { pictures } = await drawDatasetExamples(survey, { rows: 3, columns: 3 });
  const captions = pictures.map(({ caption }) => caption ?? "");
  assert.equal(captions.filter((each) => /^blobs\nhole/.test(each)).length, 1);
  assert.deepEqual(captions.filter((each) => /^rings\nhole/.test(each)), [
    "rings\nhole, no mask",
    "rings\nhole, no mask",
  ]);
});

const survey = await surveyDataset(
  await tinyConfig(await makeTinyDataset({ train: 1, normal: 1, anomalous: 2 })),
);
const defects = await measureDefects(survey);

Deno.test("drawSmallestDefects() begins with the smallest and leaves out what has vanished", async () => {
  const changed = defects.map((defect, i) => ({ ...defect, pixels: [30, 0, 10, 20, 50, 40][i]! }));
  const options = { defects: changed, patch: 8, count: 3 };
  const { pictures } = await drawSmallestDefects(survey, options);
  assert.deepEqual(pictures.map(({ caption }) => caption), [
    "rings: hole\n10 px",
    "rings: hole\n20 px",
    "blobs: hole\n30 px",
  ]);
  assert.equal(changed[0]!.pixels, 30);
});

Deno.test("drawSmallestDefects() shows the whole defect in the middle, outlined", async () => {
  const { pictures } = await drawSmallestDefects(survey, { defects, patch: 8 });
  assert.equal(pictures.length, 6);
  for (const { picture } of pictures) {
    // Six patches of 8 pixels, four times as large.
    assert.deepEqual([picture.width, picture.height], [192, 192]);
    const outlined = [...picture.data.keys()].filter((i) =>
      i % 3 === 0 && picture.data[i] === 0 && picture.data[i + 1] === 229 &&
      picture.data[i + 2] === 255
    ).map((i) => i / 3);
    const across = outlined.map((pixel) => pixel % 192);
    const down = outlined.map((pixel) => Math.floor(pixel / 192));
    for (const line of [across, down]) {
      const first = Math.min(...line), last = Math.max(...line);
      // A disc of diameter 15, four times as large, and 3 pixels on either side.
      assert.equal(last - first + 1, 15 * 4 + 6);
      // Its middle is at most half a patch from that of the picture, plus the half pixel of rounding.
      assert.ok(Math.abs((first + last + 1) / 2 - 96) <= 4 * 4 + 2, `${first} to ${last}`);
    }
  }
});

Deno.test("drawSmallestDefects() stays within a square that is smaller than six patches", async () => {
  const config = { ...survey.config, DATASET: { ...survey.config.DATASET, imagesize: 40 } };
  const measured = await measureDefects({ ...survey, config });
  const { pictures } = await drawSmallestDefects({ ...survey, config }, {
    defects: measured,
    patch: 8,
  });
  assert.deepEqual(pictures.map(({ picture }) => picture.width), pictures.map(() => 40 * 5));
});
