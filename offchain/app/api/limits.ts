/** What the API may cost the relay. */

/** Longest body; the only one that is taken names a subsystem and a level. */
export const BODY_BYTES = 1_024;
export const HEADER_BYTES = 8_192;
/** For a request to arrive, its headers included. */
export const REQUEST_TIMEOUT = 10_000;
/** Of a connection on which nothing moves. */
export const IDLE_TIMEOUT = 60_000;
export const CONNECTIONS = 64;
/** Requests on one connection that wait for one another. */
export const REQUESTS_A_CONNECTION = 1_000;

/** Listeners to events at once. */
export const LISTENERS = 16;
/** Bytes that wait for a listener that reads too slowly; with more it is let go. */
export const LISTENER_BACKLOG = 65_536;
/** How often listeners are told what is new, and how often at least that the line is alive. */
export const EVENTS_EVERY = 2_000;
export const HEARTBEAT_EVERY = 10_000;

/** In which whoever listens where an agent said it does has to show that it is this agent. */
export const PROOF_TIMEOUT = 10_000;
