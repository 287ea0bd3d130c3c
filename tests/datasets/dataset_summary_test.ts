import assert from "node:assert/strict";
import { namePixels, summarizeDataset } from "@/datasets/summary.ts";
import { bentOf, datasetOf, fileOf, maskOf, sampleOf, testOf } from "../helpers/inspected.ts";

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
