// Signs in at an OpenID provider, by the npm package openid-client, and prints what it was given:
// the answer of the token endpoint, in JSON.
//
// node client.mjs ISSUER SCOPE person NAME      authorization code with PKCE, as the client "portal"
// node client.mjs ISSUER SCOPE service NAME     client credentials
//
// OIDC_PROVIDER is the folder that the package is installed in. With RESOURCE set, the token is
// asked for that resource.

const folder = process.env.OIDC_PROVIDER;
const openid = await import(`${folder}/node_modules/openid-client/build/index.js`);

const [issuer, scope, kind, name] = process.argv.slice(2);
const resource = process.env.RESOURCE ? { resource: process.env.RESOURCE } : {};
const insecure = { execute: [openid.allowInsecureRequests] };

async function client(id, secret) {
  return openid.discovery(new URL(issuer), id, secret, secret ? undefined : openid.None(), insecure);
}

async function service() {
  const config = await client(name, 'secret');
  return openid.clientCredentialsGrant(config, { ...(scope && { scope }), ...resource });
}

async function person() {
  const config = await client('portal');
  const redirect_uri = 'http://127.0.0.1:9/signed-in';
  const pkceCodeVerifier = openid.randomPKCECodeVerifier();
  const expectedState = openid.randomState();
  const first = openid.buildAuthorizationUrl(config, {
    redirect_uri,
    scope,
    state: expectedState,
    code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    ...resource,
  });
  const back = await browse(first, redirect_uri, { login: name, username: name, person: name, password: 'secret' });
  return openid.authorizationCodeGrant(config, back, { pkceCodeVerifier, expectedState }, resource);
}

// What a person does in a browser: follows redirections, fills in the one form of a page, and ends
// where the provider sends it back to the application.
async function browse(url, end, fields) {
  const cookies = new Map();
  let request = {};
  for (let step = 0; step < 20; step += 1) {
    if (url.href.startsWith(end)) return url;
    const cookie = [...cookies].map(([key, value]) => `${key}=${value}`).join('; ');
    const headers = { cookie, ...request.headers };
    const response = await fetch(url, { ...request, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) {
      const [, key, value] = /^([^=]+)=([^;]*)/.exec(line);
      cookies.set(key, value);
    }
    const location = response.headers.get('location');
    if (location) {
      url = new URL(location, url);
      request = {};
      continue;
    }
    const page = await response.text();
    const form = /<form[^>]*\baction="([^"]+)"/.exec(page);
    if (!form) throw new Error(`${response.status} at ${url.href}: ${page}`);
    url = new URL(unescaped(form[1]), url);
    request = { method: 'POST', body: filled(page, fields) };
  }
  throw new Error(`was sent around without an end, at last to ${url.href}`);
}

function filled(page, fields) {
  const body = new URLSearchParams();
  for (const [input] of page.matchAll(/<input[^>]*>/g)) {
    const [, name] = /\bname="([^"]*)"/.exec(input) ?? [];
    const [, value] = /\bvalue="([^"]*)"/.exec(input) ?? [];
    if (name) body.set(name, fields[name] ?? unescaped(value ?? ''));
  }
  for (const [button] of page.matchAll(/<button[^>]*>/g)) {
    const [, name] = /\bname="([^"]*)"/.exec(button) ?? [];
    if (name && fields[name]) body.set(name, fields[name]);
  }
  return body;
}

function unescaped(text) {
  return text
    .replace(/&#x([0-9a-f]+);/gi, (_, code) => String.fromCodePoint(parseInt(code, 16)))
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');
}

const given = await (kind === 'person' ? person() : service());
console.log(JSON.stringify(given));
