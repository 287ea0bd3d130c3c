/// <reference lib="deno.worker" />
/**
 * Draws sample images on a thread of its own: every message is a request, every answer an image.
 *
 * @module
 */
import { drawSampleImage, type SampleImageRequest } from "@/datasets/sample/image.ts";

self.onmessage = ({ data }: MessageEvent<SampleImageRequest>) => {
  const drawn = drawSampleImage(data);
  const buffers = [drawn.pixels.buffer, ...(drawn.mask === null ? [] : [drawn.mask.buffer])];
  self.postMessage(drawn, buffers as ArrayBuffer[]);
};
