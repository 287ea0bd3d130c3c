import assert from "node:assert/strict";
import { join } from "node:path";
import sharp from "sharp";
import type { Picture } from "@/images/picture.ts";
import { drawDatasetExamples } from "@/lab/dataset_pictures.ts";
import { surveyDataset } from "@/lab/survey_dataset.ts";
import { makeTinyDataset, tinyConfig } from "../helpers/dataset.ts";
import { makeFolder } from "../helpers/folder.ts";

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
