// An OpenID provider on loopback, by the npm package oidc-provider: people sign in with an
// authorization code and PKCE, services with their secret.
//
// node provider.mjs PORT AUDIENCE ACCOUNTS [PAGES], where ACCOUNTS is JSON, from the name of a person
// or of a service to the claims that its tokens carry, and PAGES is where the client "web" is. Every
// secret is "secret", every password good.
//
// POST /shorten/N has access tokens live N seconds from now on. Each time that one is renewed, it says
// so on standard error. POST /rotate/a,b publishes the keys called a and b and no other, made when they are first named;
// the first one signs. Each time that the keys are asked for, it says so on standard error.

import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';

const folder = process.env.OIDC_PROVIDER;
const { Provider } = await import(`${folder}/node_modules/oidc-provider/lib/index.js`);

const [port, audience, accounts, pages] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
const claims = JSON.parse(accounts);
const keys = new Map();

function key(name) {
  if (!keys.has(name)) {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    keys.set(name, { ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig' });
  }
  return keys.get(name);
}

function service(name) {
  return {
    client_id: name,
    client_secret: 'secret',
    grant_types: ['client_credentials'],
    response_types: [],
    redirect_uris: [],
    id_token_signed_response_alg: 'ES256',
  };
}

const portal = {
  client_id: 'portal',
  application_type: 'native',
  token_endpoint_auth_method: 'none',
  grant_types: ['authorization_code'],
  response_types: ['code'],
  redirect_uris: ['http://127.0.0.1/signed-in'],
  id_token_signed_response_alg: 'ES256',
};

const web = {
  client_id: 'web',
  client_secret: 'secret',
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  redirect_uris: [`${pages}/sign-in/return`],
  post_logout_redirect_uris: [`${pages}/signed-out`],
  id_token_signed_response_alg: 'ES256',
};

function provider(names) {
  const answering = new Provider(issuer, {
    clients: [portal, ...(pages ? [web] : []), ...Object.keys(claims).map(service)],
    cookies: { keys: ['of the tests'] },
    jwks: { keys: names.map(key) },
    pkce: { required: () => true },
    // whoever has signed in is asked nothing again
    rotateRefreshToken: true,
    issueRefreshToken: (_, client) => client.grantTypeAllowed('refresh_token'),
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...claims[id] }) }),
    extraTokenClaims: (_, token) => claims[token.accountId ?? token.clientId],
    features: {
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => `urn:${audience}`,
        useGrantedResource: () => true,
        getResourceServerInfo: (_, resource) => ({
          audience: resource.replace(/^urn:/, ''),
          scope: '',
          accessTokenFormat: 'jwt',
          accessTokenTTL: lifetime,
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
  });
  answering.on('grant.success', ({ oidc }) => {
    if (oidc.params.grant_type === 'refresh_token') console.error('renewed a token');
  });
  return answering.callback();
}

let lifetime = 600;
let answer = provider(['first']);
createServer((request, response) => {
  const rotated = /^\/rotate\/([\w,]+)$/.exec(request.url);
  if (request.method === 'POST' && rotated) {
    answer = provider(rotated[1].split(','));
    response.end();
    return;
  }
  const shortened = /^\/shorten\/(\d+)$/.exec(request.url);
  if (request.method === 'POST' && shortened) {
    lifetime = Number(shortened[1]);
    response.end();
    return;
  }
  if (request.url === '/jwks') console.error('asked for its keys');
  answer(request, response);
}).listen(Number(port), '127.0.0.1');
