// Builds out/explorer.js and out/licences.txt: one script, with the licence of every package that is inside it.
import { build } from "esbuild";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";

const LARGEST = 300_000;

const result = await build({
  entryPoints: ["src/app.tsx"], bundle: true, minify: true, format: "iife", target: "es2022", charset: "utf8",
  jsx: "automatic", jsxImportSource: "preact", legalComments: "none", metafile: true, write: false,
});
const script = result.outputFiles[0].text;
if (script.length > LARGEST) throw new Error(`the script is ${script.length} bytes, more than ${LARGEST}`);
// Inline in a page, these would end the script or begin a comment.
if (/<\/script|<!--/i.test(script)) throw new Error("the script holds what ends a script element");

const inside = new Set();
for (const path of Object.keys(result.metafile.inputs)) {
  const found = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path);
  if (found) inside.add(found[1]);
}
const parts = [...inside].sort().map((name) => {
  const folder = `node_modules/${name}`;
  const { version, license } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  if (!file) throw new Error(`${name} brings no licence`);
  return `${name} ${version} (${license})\n\n${readFileSync(`${folder}/${file}`, "utf8").trim()}\n`;
});
mkdirSync("out", { recursive: true });
writeFileSync("out/explorer.js", script.trimEnd());
writeFileSync("out/licences.txt", `Packages inside explorer.js.\n\n${parts.join(`\n${"-".repeat(80)}\n\n`)}`);
console.log(`explorer.js: ${script.length} bytes; ${inside.size} packages`);
