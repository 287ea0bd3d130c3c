import assert from "node:assert/strict";
import { embeddedBackbone } from "@/backbones/embedded.ts";

Deno.test("embeddedBackbone knows its layers", () => {
  assert.deepEqual(embeddedBackbone.layers, ["stride8", "stride16", "stride32"]);
});

Deno.test("embeddedBackbone gives the channels of each layer in the order asked for", async () => {
  const layers = ["stride32", "stride8"];
  const { maps } = await embeddedBackbone.build({ height: 64, width: 96, layers });
  assert.deepEqual(maps.map(({ channels }) => channels), [480, 32]);
});
