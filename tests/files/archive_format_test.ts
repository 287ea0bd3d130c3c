import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { formatBytes, tellArchiveFormat } from "@/files/archive.ts";
import { buildTar, buildZip, packXz } from "../helpers/archives.ts";

Deno.test("tellArchiveFormat() tells formats by content", () => {
  const tar = buildTar([{ name: "a" }]);
  const tell = (bytes: Uint8Array) => tellArchiveFormat(bytes.subarray(0, formatBytes));
  assert.equal(tell(tar), "tar");
  assert.equal(tell(packXz(tar)), "tar.xz");
  assert.equal(tell(gzipSync(tar)), "tar.gz");
  assert.equal(tell(buildZip([{ name: "a" }])), "zip");
  assert.equal(tell(buildZip([])), "zip");
});

Deno.test("tellArchiveFormat() knows nothing else, nor what is too short", () => {
  const tar = buildTar([{ name: "a" }]);
  assert.equal(tellArchiveFormat(new Uint8Array()), null);
  assert.equal(tellArchiveFormat(new Uint8Array(512)), null);
  assert.equal(tellArchiveFormat(tar.subarray(0, 261)), null);
  assert.equal(tellArchiveFormat(tar.subarray(0, 262)), "tar");
  assert.equal(tellArchiveFormat(packXz(tar).subarray(0, 5)), null);
  assert.equal(tellArchiveFormat(new TextEncoder().encode("7z\xbc\xaf\x27\x1c")), null);
});
