import assert from "node:assert/strict";
import { describeRule } from "@/evaluation/thresholds.ts";

Deno.test("describeRule() says what each rule rests on, and that the oracle is one", () => {
  assert.equal(
    describeRule({ name: "conformal", alpha: 0.05 }),
    "conformal, at most 5 % false alarms among exchangeable normal images",
  );
  assert.equal(
    describeRule({ name: "quantile", quantile: 0.99 }),
    "0.99 quantile of the calibration scores",
  );
  assert.equal(
    describeRule({ name: "mean_std", factor: 3 }),
    "mean + 3 standard deviations of the calibration scores",
  );
  assert.equal(describeRule({ name: "max" }), "largest calibration score");
  assert.match(describeRule({ name: "oracle_f1" }), /^oracle: .* on the test images themselves$/);
});
