import assert from "node:assert/strict";
import {
  datasetSummaryRecord,
  datasetSummaryText,
  describeSizes,
  namePixels,
  summarizeDataset,
} from "@/datasets/summary.ts";
import { bentOf, datasetOf, fileOf, maskOf, sampleOf, testOf } from "../helpers/inspected.ts";

Deno.test("datasetSummaryRecord() holds the whole summary under names in snake case", () => {
  const dataset = datasetOf([sampleOf("a"), testOf("b"), bentOf("c")]);
  const files = new Map([
    ...["a", "b", "c"].map((path) => [path, fileOf()] as const),
    ["c.mask", maskOf(0.25)] as const,
  ]);
  const total = {
    train: 1,
    test_normal: 1,
    test_anomalous: 1,
    masks: 1,
    unreadable: 0,
    sizes: [{ width: 640, height: 480, images: 3 }],
    pixels: [{ name: "RGB", images: 3 }],
    formats: [{ name: "PNG", images: 3 }],
  };
  const defects = [{ name: "bent", images: 1, masks: 1, median_area: 0.25 }];
  const record = datasetSummaryRecord(summarizeDataset(dataset, files));
  assert.deepEqual(record, {
    schema: 1,
    dataset: "Folder",
    folder: "/nuts",
    classes: [{ name: "nut", ...total, defects }],
    total,
  });
  assert.deepEqual(JSON.parse(JSON.stringify(record)), record);
});

const greyBitmap = {
  width: 9,
  height: 8,
  format: "bmp",
  channels: 1,
  bits: 8,
  isRotated: false,
};
const dataset = datasetOf([
  sampleOf("a", { className: "bolt" }),
  sampleOf("b"),
  sampleOf("c"),
  testOf("d"),
  bentOf("e"),
  bentOf("f"),
  bentOf("g"),
  bentOf("h", { mask: null }),
  bentOf("i", { defect: "cut", mask: null }),
]);
const files = new Map([
  ...["b", "c", "e", "f", "g"].map((path) => [path, fileOf()] as const),
  ["a", fileOf({ header: null, decoded: null, fault: "the file is damaged" })] as const,
  ["d", fileOf({ header: greyBitmap })] as const,
  ["h", fileOf({ width: 480, height: 640 })] as const,
  ["i", fileOf({ width: 480, height: 640 })] as const,
  ["e.mask", maskOf(0.02)] as const,
  ["f.mask", maskOf(0.1)] as const,
  ["g.mask", maskOf(0.04)] as const,
]);

Deno.test("summarizeDataset() counts classes, defects, sizes, pixels and formats", () => {
  const { name, folder, classes, total } = summarizeDataset(dataset, files);
  assert.deepEqual([name, folder, classes.map((each) => each.name)], [
    "Folder",
    "/nuts",
    ["bolt", "nut"],
  ]);
  const sizes = [
    { width: 640, height: 480, images: 5 },
    { width: 480, height: 640, images: 2 },
    { width: 9, height: 8, images: 1 },
  ];
  const nuts = {
    train: 2,
    normal: 1,
    anomalous: 5,
    masks: 3,
    sizes,
    pixels: [{ name: "RGB", images: 7 }, { name: "grey", images: 1 }],
    formats: [{ name: "PNG", images: 7 }, { name: "BMP", images: 1 }],
    unreadable: 0,
  };
  assert.deepEqual(classes[1], {
    name: "nut",
    ...nuts,
    // The areas 0.02, 0.04 and 0.1 have the median 0.04.
    defects: [
      { name: "bent", images: 4, masks: 3, medianArea: 0.04 },
      { name: "cut", images: 1, masks: 0, medianArea: null },
    ],
  });
  // The only bolt cannot be read; it counts as an image all the same.
  assert.deepEqual(total, { ...nuts, train: 3, unreadable: 1 });
  assert.deepEqual(classes[0]?.sizes, []);
});

Deno.test("summarizeDataset() loses no image: classes add up to the total", () => {
  const { classes, total } = summarizeDataset(dataset, files);
  for (const key of ["train", "normal", "anomalous", "masks", "unreadable"] as const) {
    assert.equal(classes.reduce((sum, each) => sum + each[key], 0), total[key], key);
  }
  const counted = total.sizes.reduce((sum, { images }) => sum + images, total.unreadable);
  assert.equal(counted, dataset.samples.length);
});

Deno.test("namePixels() names channels and bits", () => {
  const names = [1, 2, 3, 4, 5].map((channels) => namePixels({ format: "png", channels, bits: 8 }));
  assert.deepEqual(names, ["grey", "grey+alpha", "RGB", "RGBA", "5 channels"]);
  assert.equal(namePixels({ format: "jpeg", channels: 4, bits: 8 }), "CMYK");
  assert.equal(namePixels({ format: "tiff", channels: 3, bits: 16 }), "16-bit RGB");
});

Deno.test("datasetSummaryText() lays out classes and defects, each class named once", () => {
  const dataset = datasetOf([
    sampleOf("a", { className: "bolt" }),
    sampleOf("b"),
    testOf("c"),
    bentOf("d"),
    bentOf("e", { defect: "cut", mask: null }),
  ]);
  const files = new Map([
    ["a", fileOf({ header: null, fault: "the file is damaged" })] as const,
    ["b", fileOf({ width: 500, height: 480 })] as const,
    ...["c", "d", "e"].map((path) => [path, fileOf()] as const),
    ["d.mask", maskOf(0.0123)] as const,
  ]);
  assert.equal(
    datasetSummaryText(summarizeDataset(dataset, files)),
    `Folder: /nuts

class  train  test normal  anomalous  masks  size                    pixels  format
─────  ─────  ───────────  ─────────  ─────  ──────────────────────  ──────  ──────
bolt       1            0          0      0  –                       –       –
nut        1            1          2      1  500–640 × 480, 2 sizes  RGB     PNG
total      2            1          2      1  500–640 × 480, 2 sizes  RGB     PNG

class  defect  images  masks  median share of image
─────  ──────  ──────  ─────  ─────────────────────
nut    bent         1      1                 1.23 %
       cut          1      0                      –

1 image cannot be read: it has no size, pixels and format here.`,
  );
});

Deno.test("datasetSummaryText() needs no total for one class and no second table without defects", () => {
  const text = datasetSummaryText(
    summarizeDataset(datasetOf([sampleOf("a")]), new Map([["a", fileOf()]])),
  );
  assert.doesNotMatch(text, /total|defect|cannot/);
});

Deno.test("datasetSummaryText() counts where pixels or formats differ", () => {
  const header = { width: 9, height: 9, format: "bmp", channels: 1, bits: 8, isRotated: false };
  const files = new Map([
    ...["a", "b"].map((path) => [path, fileOf()] as const),
    ["c", fileOf({ header })] as const,
  ]);
  const dataset = datasetOf([sampleOf("a"), sampleOf("b"), sampleOf("c")]);
  assert.match(
    datasetSummaryText(summarizeDataset(dataset, files)),
    /9–640 × 9–480, 2 sizes {2}RGB 2, grey 1 {2}PNG 2, BMP 1$/m,
  );
});

Deno.test("describeSizes() tells one size, a range, and none", () => {
  const size = (width: number, height: number) => ({ width, height, images: 1 });
  assert.equal(describeSizes([]), "–");
  assert.equal(describeSizes([size(1024, 1024)]), "1024×1024");
  assert.equal(describeSizes([size(4, 3), size(3, 4)]), "3–4 × 3–4, 2 sizes");
});
