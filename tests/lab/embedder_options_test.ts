import assert from "node:assert/strict";
import { embedderOptions } from "@/lab/settings.ts";
import { loadConfig } from "@/load_config.ts";

Deno.test("embedderOptions() takes over every key that shapes the embedder", async () => {
  const config = await loadConfig(null, [
    "MODEL.backbone=resnet",
    "MODEL.backbone_file=mine.safetensors",
    "MODEL.input_scale=127.5",
    "MODEL.input_mean=[1, 1, 1]",
    "MODEL.layers=[layer1]",
    "MODEL.semantic_layer=layer3",
    "MODEL.patch_size=5",
    "MODEL.pretrain_embed_dimension=20",
    "MODEL.target_embed_dimension=null",
    "MODEL.batch_size=3",
    "MODEL.semantic_batch_size=7",
    "DATASET.imagesize=96",
    "RUNTIME.threads=1",
    "RUNTIME.provider=webgpu",
  ]);
  assert.deepEqual(embedderOptions(config), {
    backbone: "resnet",
    backboneFile: "mine.safetensors",
    normalization: { scale: 127.5, mean: [1, 1, 1] },
    layers: ["layer1"],
    semanticLayer: "layer3",
    patchSize: 5,
    pretrainEmbedDimension: 20,
    targetEmbedDimension: null,
    imageSize: 96,
    batchSize: 3,
    semanticBatchSize: 7,
    threads: 1,
    provider: "webgpu",
  });
});
