import assert from "node:assert/strict";
import { escapeHtml } from "@/tables.ts";

Deno.test("escapeHtml() leaves no character that could open a tag or end an attribute", () => {
  assert.equal(
    escapeHtml(`<img src='x' alt="&">`),
    "&lt;img src=&#39;x&#39; alt=&quot;&amp;&quot;&gt;",
  );
});

Deno.test("escapeHtml() leaves ordinary text alone", () => {
  assert.equal(escapeHtml("metal_plate ≥ 0.95 α"), "metal_plate ≥ 0.95 α");
});
