// Steps as JSON on standard input, the encoder's bytes on standard output.
import { readFileSync } from "node:fs";
import ReceiptPrinterEncoder from "@point-of-sale/receipt-printer-encoder";

const { options, steps } = JSON.parse(readFileSync(0, "utf8"));
const encoder = new ReceiptPrinterEncoder({ language: "esc-pos", ...options });

// A row is a string of "0" and "1"; the encoder wants a canvas' four bytes for each dot.
function canvas(rows) {
  const dots = [...rows.join("")];
  const data = Uint8ClampedArray.from(dots.flatMap((dot) => (dot === "1" ? [0, 0, 0, 255] : [255, 255, 255, 255])));
  return { width: rows[0].length, height: rows.length, data };
}

for (const [name, ...facts] of steps) {
  if (name === "image") {
    const image = canvas(facts[0]);
    encoder.image(image, image.width, image.height, "threshold", 128);
  } else {
    encoder[name](...facts);
  }
}
process.stdout.write(encoder.encode());
