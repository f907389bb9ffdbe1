/** The reference process: an Express handler that only reads the body and answers 202 with a little JSON. */
import { createServer } from "node:http";
import express from "express";

const http = express().disable("x-powered-by").disable("etag");
let count = 0;
http.post("/webhooks/v1/*uri", (request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    count += 1;
    response.status(202).json({ messageId: `${count}-${Buffer.concat(chunks).length}` });
  });
});

const server = createServer(http).listen(0, "127.0.0.1", () => process.send?.(server.address()));
process.on("disconnect", () => process.exit());
