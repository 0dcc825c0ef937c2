/**
 * Who asks, by a signed token (JWT) that somebody else has issued. Needs the package `jose`.
 */
import { createLocalJWKSet, createRemoteJWKSet, errors, importJWK, importSPKI, importX509, jwtVerify } from 'jose';
import { UpstreamError } from '../upstream/errors.js';

const SECRET = ['HS256', 'HS384', 'HS512'];
const PUBLIC = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'];
const SECRET_BYTES = 32;

/**
 * The option `authenticate` of a gateway whose devices bring a JWT as bearer token.
 * @param {import('./types.js').JwtOptions} options
 * @returns {(request: Request) => Promise<import('./types.js').Identity>}
 * @throws {UpstreamError} 22023 the options contradict each other, or would let forged tokens in
 */
export function jwt({ issuer, audience, clockTolerance = 5, anonymous = false, ...options }) {
  const { find, suited } = options.jwksUri === undefined ? ownKey(options.key) : publishedKeys(options.jwksUri);
  const checks = { issuer, audience, clockTolerance, requiredClaims: ['exp'] };
  const algorithms = options.algorithms ?? suited;
  const unsuited = algorithms.filter((each) => !suited.includes(each));
  if (algorithms.length === 0 || unsuited.length > 0) {
    // A public key taken for a secret is one that everybody knows.
    throw new UpstreamError('22023', `jwt: this key does not go with the algorithms [${unsuited.join(', ')}]`);
  }
  return async (request) => {
    const token = bearerToken(request);
    if (token === null) {
      if (anonymous) return { claims: {} };
      throw new UpstreamError('28000', 'a token is required');
    }
    const { payload } = await verified(token, find, { ...checks, algorithms });
    const ends = /** @type {number} */ (payload.exp) + clockTolerance;
    return { subject: payload.sub, claims: payload, expires: ends * 1000 };
  };
}

/**
 * The keys that an issuer publishes: kept for ten minutes, and asked for again when a token names an unknown one, at
 * most every half minute.
 * @param {string | URL} uri
 */
function publishedKeys(uri) {
  const url = URL.canParse(uri) ? new URL(uri) : null;
  const local = url && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname);
  if (!url || (url.protocol !== 'https:' && !local)) {
    throw new UpstreamError('22023', `jwt: jwksUri has to be an https address, not "${uri}"`);
  }
  const keys = createRemoteJWKSet(url);
  /** @type {import('jose').JWTVerifyGetKey} */
  const find = async (header, token) => {
    try {
      return await keys(header, token);
    } catch (cause) {
      if (cause instanceof errors.JWKSNoMatchingKey || cause instanceof errors.JWKSMultipleMatchingKeys) throw cause;
      throw new UpstreamError('08006', 'the keys of the issuer of tokens cannot be read', { cause });
    }
  };
  return { find, suited: PUBLIC };
}

/**
 * @param {import('./types.js').JwtOptions['key']} key
 * @returns {{ find: import('jose').JWTVerifyGetKey, suited: string[] }}
 */
function ownKey(key) {
  if (typeof key === 'string' && key.includes('-----BEGIN ')) return { find: pemKey(key), suited: PUBLIC };
  if (typeof key === 'string' || key instanceof Uint8Array) {
    const secret = typeof key === 'string' ? new TextEncoder().encode(key) : key;
    if (secret.length < SECRET_BYTES) {
      throw new UpstreamError('22023', `jwt: a secret has at least ${SECRET_BYTES} bytes; a shorter one can be guessed`);
    }
    return { find: async () => secret, suited: SECRET };
  }
  if (key && 'keys' in key) return { find: createLocalJWKSet(key), suited: PUBLIC };
  if (key && 'kty' in key) {
    return { find: async ({ alg }) => importJWK(key, alg), suited: key.kty === 'oct' ? SECRET : PUBLIC };
  }
  throw new UpstreamError('22023', 'jwt takes jwksUri or key: a secret, a public key as PEM, a JWK or a set of them');
}

/**
 * @param {string} pem
 * @returns {import('jose').JWTVerifyGetKey}
 */
function pemKey(pem) {
  if (!/-----BEGIN (PUBLIC KEY|CERTIFICATE)-----/.test(pem)) {
    throw new UpstreamError('22023', 'jwt: the key is PEM, but neither a PUBLIC KEY nor a CERTIFICATE');
  }
  const read = pem.includes('BEGIN CERTIFICATE') ? importX509 : importSPKI;
  return ({ alg }) => read(pem, alg);
}

/**
 * @param {Request} request
 * @returns {string | null} null without one
 */
function bearerToken(request) {
  const header = request.headers.get('authorization');
  if (header === null) return null;
  const match = /^Bearer +([\w.~+/=-]+) *$/i.exec(header);
  if (!match) throw new UpstreamError('28000', 'the header Authorization holds no bearer token');
  return match[1];
}

/**
 * @param {string} token
 * @param {import('jose').JWTVerifyGetKey} find
 * @param {import('jose').JWTVerifyOptions} checks
 */
async function verified(token, find, checks) {
  try {
    return await jwtVerify(token, find, checks);
  } catch (error) {
    throw refusal(error);
  }
}

/**
 * Why a token was not accepted, without a word of what it says.
 * @param {any} cause
 */
function refusal(cause) {
  if (cause instanceof UpstreamError) return cause;
  const about = (/** @type {string} */ message) => new UpstreamError('28000', message, { cause });
  if (cause instanceof errors.JWTExpired) return about('the token has expired');
  if (cause instanceof errors.JWTClaimValidationFailed) return about(`the token's claim "${cause.claim}" is not accepted`);
  return about('the token is not valid');
}
