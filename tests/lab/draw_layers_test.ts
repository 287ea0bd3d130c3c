import assert from "node:assert/strict";
import { embeddedBackbone } from "@/backbones/embedded.ts";
import { openDataset } from "@/datasets/registry.ts";
import { openFeatureMaps } from "@/features/feature_maps.ts";
import { drawLayers } from "@/lab/layer_pictures.ts";
import { makeTinyDataset, tinyConfig } from "../helpers/dataset.ts";

const folder = await makeTinyDataset({ train: 1, normal: 1, anomalous: 1 });
const source = {
  config: await tinyConfig(folder),
  dataset: await openDataset({ name: "Folder", datadir: folder }),
};

Deno.test("drawLayers() puts a photograph and a picture per layer into every row", async () => {
  const maps = await openFeatureMaps(embeddedBackbone, { imageSize: 96 });
  const samples = source.dataset.samples.filter(({ split }) => split === "test").slice(0, 2);
  const { pictures, columns } = await drawLayers(source, { maps, samples });
  await maps.close();
  assert.equal(columns, 4);
  assert.deepEqual(
    pictures.map(({ picture }) => picture.width),
    [96, 12, 6, 3, 96, 12, 6, 3],
  );
  assert.notDeepEqual(pictures[5]!.picture.data, pictures[1]!.picture.data);
  const captions = pictures.map(({ caption }) => caption!);
  assert.deepEqual([captions[0], captions[4]], ["blobs\nnormal", "blobs\nhole"]);
  assert.match(captions[1]!, /^stride8, 12 × 12\n\d+ % of variance$/);
  assert.match(captions[7]!, /^stride32, 3 × 3\n\d+ % of variance$/);
});
