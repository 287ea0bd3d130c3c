import assert from "node:assert/strict";
import { drawSmallestDefects } from "@/lab/dataset_pictures.ts";
import { measureDefects, surveyDataset } from "@/lab/survey_dataset.ts";
import { makeTinyDataset, tinyConfig } from "../helpers/dataset.ts";

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
