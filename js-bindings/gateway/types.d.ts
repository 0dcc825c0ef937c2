/**
 * The gateway: the server half of EdgeClient.
 */
import type { Server } from 'node:http';
import type { Relation, UpstreamClient } from '../upstream/types.js';

/** What one device, or all devices of one subject, may use. */
export interface GatewayLimits {
  /** Rows of one result or snapshot; more is refused with 54000. Default 1,000,000. */
  rows?: number;
  /** Bytes of one request or WebSocket message; more is refused with 54000. Default 8 MiB. */
  bytes?: number;
  /** Bytes of one result or snapshot, about; more is refused with 54000. Default 256 MiB. */
  resultBytes?: number;
  /**
   * Milliseconds for one statement, those that read for subscriptions too, then 57014; a queued write that took longer is
   * sent again (53400). PostgreSQL itself ends it (statement_timeout). Default 30,000.
   */
  statementTimeout?: number;
  /** Subscriptions of one WebSocket, then 54000. Default 100. */
  subscriptions?: number;
  /** WebSockets of one subject, on all its devices, then 53400. Default 100. */
  subjectConnections?: number;
  /** Subscriptions of one subject, on all its devices, then 53400. Default 1,000. */
  subjectSubscriptions?: number;
  /** Milliseconds a device's transaction may wait for its next statement; then it is rolled back. Default 5,000. */
  transactionIdle?: number;
}

/** How often each subject may ask: queries, queued transactions, subscriptions, and statements of transactions. */
export interface RateOptions {
  /** Requests that one may make in the long run. */
  perSecond: number;
  /** Requests that one may make at once after a pause. Default: as many as `perSecond`. */
  burst?: number;
  /**
   * Who shares a rate. Default: those of the same subject, and all without one together. What else tells them apart,
   * say an address, is in a header of your proxy.
   */
  by?(request: Request, identity: Identity): string | undefined;
}

/** Which pages may open a WebSocket, besides those of the gateway's own host. */
export interface OriginOptions {
  /** Further origins, such as 'https://app.example'; '*' for all. */
  origins?: string[];
  /** Refuse a WebSocket without the header Origin, which browsers always send and programs need not. Default false. */
  requireOrigin?: boolean;
}

/** What happened, for a log. */
export interface GatewayEvent {
  /**
   * 'refused': a request, statement, subscription or connection; 'lost': a subscription has ended; 'connected',
   * 'disconnected', 'expired', 'malformed', 'flooded': a WebSocket.
   */
  event: string;
  /** The last part of the address. */
  path?: string;
  /** The request, or the connection: its header X-Request-Id, or a name of the gateway's own. */
  request?: string;
  /** Who asked, where that is known. */
  subject?: string;
  /** Without the message where it is the database's: it may quote a row. */
  error?: { code: string; message?: string };
}

/** Who a device is. */
export interface Identity {
  /** Who that is: the claim `sub` of a JWT. */
  subject?: string;
  claims?: Record<string, unknown>;
  /** When what proves it ends, in milliseconds since 1970: a WebSocket ends then too (4401), unless renewed. */
  expires?: number;
}

/** How tokens are checked. One of `jwksUri` and `key` is needed. */
export interface JwtOptions {
  /** Where the issuer publishes its keys: 'https://…/.well-known/jwks.json'. Kept for ten minutes. */
  jwksUri?: string | URL;
  /** A secret of at least 32 bytes, a public key (PEM) or certificate, a JWK, or a set of them. */
  key?: string | Uint8Array | JsonWebKey | { keys: JsonWebKey[] };
  /** The claim `iss` has to be this, or one of these. */
  issuer?: string | string[];
  /** The claim `aud` has to name this, or one of these. Without it a token for anybody is taken. */
  audience?: string | string[];
  /** The signatures that are taken. Default: all that go with the key; 'none' never does. */
  algorithms?: string[];
  /** Seconds that clocks may differ. Default 5. */
  clockTolerance?: number;
  /** Whoever brings no token enters without claims. Default false: refused with 28000. */
  anonymous?: boolean;
}

/**
 * The option `authenticate` for devices that bring a JWT ('tidemark/gateway/jwt'; needs the package `jose`). A token
 * has to end (`exp`). It refuses with 28000; with 08006 while the issuer's keys cannot be read.
 * @throws {UpstreamError} 22023 the options contradict each other, or would let forged tokens in
 */
export function jwt(options: JwtOptions): (request: Request) => Promise<Identity>;

/** Which role of the database a device takes. The upstream client's own role has to be a member of each. */
export interface RolesOptions {
  /** The roles that may be taken. */
  allow?: string[];
  /** The role of those whose claims name none. Without it they are refused with 42501. */
  anonymous?: string;
  /** The claim that names the role. Default 'role'. */
  claim?: string;
  /**
   * The claims that policies are shown. Default: all but exp, iat, nbf and jti, which differ from token to token. With
   * fewer, say ['tenant'], devices share what is read for them.
   */
  claims?: string[];
  /**
   * Whether subscriptions hear of rows that become visible or invisible by a change elsewhere: of the relations that
   * policies read, directly, through views, through other policies, through functions with BEGIN ATOMIC; and of the policies and grants of
   * all these. A list names relations that other functions read, in addition. The gateway's own role has to own what is watched. When one of
   * them changes, the rows of each subscription that depends on it are read again, and the difference is sent. Default
   * false.
   */
  follow?: boolean | Relation[];
}

export interface GatewayOptions<Context = unknown> {
  /** The origin for everyone. The gateway does not close it. */
  upstream?: UpstreamClient;
  /** Or the origin for a device, by what `authorize` returned. Return the same client for the same origin. */
  getUpstream?(context: Context): UpstreamClient | Promise<UpstreamClient>;
  /**
   * Finds out who asks: called for every HTTP request but health, and for every token that comes over a WebSocket (as
   * the bearer token of its request). Throwing refuses, with the code of an UpstreamError, or else 28000.
   */
  authenticate?(request: Request): Identity | Promise<Identity>;
  /**
   * Decides who may enter, after `authenticate` and as often. Throwing refuses likewise. What it resolves to goes to
   * `getUpstream`; without `authorize` the identity does.
   */
  authorize?(request: Request, identity: Identity): Context | Promise<Context>;
  /**
   * The relations that devices may touch, whatever SQL they send. Those that triggers and foreign keys of listed
   * ones lead to have to be listed too; listing a view lists what it is made of. Anything else is refused with 42501. Default: all. It needs a client that
   * can `restrict`, and does not replace a role with few rights: functions and system catalogs are the role's.
   */
  relations?: Relation[];
  /**
   * Statements run as a role of the database, with the device's claims in the setting request.jwt.claims, so that
   * row-level security decides: queries, transactions, queued writes and what subscriptions read. It needs a client
   * with `as`. Statements that could leave the role are refused with 42501.
   */
  roles?: RolesOptions;
  limits?: GatewayLimits;
  /** More requests are refused with 53400 (HTTP 429 with Retry-After); devices wait and ask again. Default: no limit. */
  rate?: RateOptions;
  /** Milliseconds between heartbeats of a WebSocket. Default 15,000. */
  heartbeat?: number;
  logger?(event: GatewayEvent): void;
  /**
   * Who may read `/metrics`: true for everybody, or a function of the request. Default false: there is no such address.
   */
  metrics?: boolean | ((request: Request) => boolean | Promise<boolean>);
}

/** A WebSocket that has been accepted: a browser-style one, of `ws`, or of an edge runtime. */
export interface GatewaySocket {
  readonly readyState: number;
  /** Bytes that have not gone to the network. Where there is none, only acknowledgements hold the gateway back. */
  readonly bufferedAmount?: number;
  send(data: string): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
  addEventListener(type: 'close' | 'error', listener: (event: unknown) => void): void;
}

export interface Gateway {
  /** Answers one HTTP request; never rejects. */
  fetch(request: Request): Promise<Response>;
  /** Before a WebSocket is accepted: the refusal (403) if the page that asks for it may not have one, otherwise null. */
  upgrade(request: Request, options?: OriginOptions): Response | null;
  /** The limit `bytes`: what a server should let through as one message. */
  readonly maximumMessage: number;
  /** Takes over an accepted WebSocket; `request` is the one it was upgraded from. */
  webSocket(socket: GatewaySocket, request: Request): void;
  /** Closes all WebSockets and refuses what comes. The upstream client stays open: it is the caller's. */
  close(): Promise<void>;
}

/** Makes a gateway. @throws {UpstreamError} 22023 neither `upstream` nor `getUpstream` */
export function createGateway<Context>(options: GatewayOptions<Context>): Gateway;

/** The option `logger` that writes each event as one line of JSON, with the time. */
export function jsonLines(write: (line: string) => void): (event: GatewayEvent) => void;

export interface AttachOptions extends OriginOptions {
  /** Where the gateway is. Default '/api/db'. */
  path?: string;
  /** Bytes of one WebSocket message from a device. Default: the gateway's limit `bytes`. */
  maxPayload?: number;
  /** Milliseconds in which a device has to take something of an answer; then its connection is closed. Default 30,000. */
  responseTimeout?: number;
  /** Messages and answers of a kilobyte and more are compressed for devices that can read it (permessage-deflate, gzip). Default true. */
  compression?: boolean;
}

export interface ServeOptions extends AttachOptions {
  /** Default 0: any free port. */
  port?: number;
  /** Default '127.0.0.1'. */
  host?: string;
  /** Milliseconds in which a request has to arrive, head and body; then 408. Default 30,000. */
  requestTimeout?: number;
  /** A folder whose files are served at '/'. */
  static?: string;
}

/**
 * Starts a Node server with a gateway on it ('tidemark/gateway/node'; needs the package `ws`).
 * @throws the error of `listen`, such as EADDRINUSE
 */
export function serve(gateway: Gateway, options?: ServeOptions): Promise<Served>;

/**
 * Puts a gateway on an existing Node server, in front of what it does already. Resolves to a function that takes it
 * off again.
 */
export function attach(gateway: Gateway, server: Server, options?: AttachOptions): Promise<() => void>;

/** A running server. */
export interface Served {
  port: number;
  /** The gateway's address, for EdgeClient. */
  url: string;
  server: Server;
  /** Closes the gateway and the server. */
  close(): Promise<void>;
}
