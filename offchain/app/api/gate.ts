/**
 * Who may ask (threat 55). A page in the operator's browser can send requests to this machine, also under a name of
 * its own that it lets point here: its requests name that host, or say where the page comes from. It cannot read
 * the token.
 */
import type { FastifyReply, FastifyRequest } from "fastify";

import { WaybillError } from "../../core/errors.ts";
import { carries } from "./token.ts";

type Check = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

/** `hosts` is asked at each request: the port is known only once the server listens. */
export function requireOwnPage(hosts: () => ReadonlySet<string>): Check {
  return (request) => {
    const { host, origin } = request.headers;
    if (host === undefined || !hosts().has(host.toLowerCase()))
      return Promise.reject(new WaybillError("API_HOST_REFUSED"));
    // "null" is what a sandboxed page or a file says.
    if (origin !== undefined && origin.toLowerCase() !== `http://${host.toLowerCase()}`)
      return Promise.reject(new WaybillError("API_ORIGIN_REFUSED"));
    return Promise.resolve();
  };
}

export function requireToken(token: string): Check {
  return (request, reply) => {
    if (carries(request.headers.authorization, token)) return Promise.resolve();
    void reply.header("www-authenticate", "Bearer");
    return Promise.reject(new WaybillError("API_UNAUTHORISED"));
  };
}
