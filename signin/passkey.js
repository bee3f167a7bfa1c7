// Passkeys: the buttons that ask the browser for one. Everything else on these
// pages works without this file.
'use strict'

const bytes = text => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), c => c.charCodeAt(0))
const text = buffer => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')

// read turns the server's options into what the browser asks for.
function read (options) {
  options.challenge = bytes(options.challenge)
  if (options.user) options.user.id = bytes(options.user.id)
  for (const list of [options.excludeCredentials, options.allowCredentials]) {
    for (const one of list || []) one.id = bytes(one.id)
  }
  const input = options.extensions && options.extensions.prf && options.extensions.prf.eval
  if (input) input.first = bytes(input.first)
  return { publicKey: options }
}

// secretOf is what a passkey gives beside its signature, and no other one does:
// a draft is sealed under it. Not every keeper of passkeys has that.
function secretOf (key) {
  const prf = key.getClientExtensionResults().prf
  return prf && prf.results && prf.results.first
}

// using asks the passkey that was just made for its secret, where it gives none
// while it is made. Nobody is signed in by that: the challenge is of no use.
async function using (made, asked) {
  const prf = made.getClientExtensionResults().prf
  if (!asked.extensions || !prf || !prf.enabled) return undefined
  try {
    return secretOf(await navigator.credentials.get({
      publicKey: {
        challenge: crypto.getRandomValues(new Uint8Array(32)),
        rpId: asked.rp.id,
        allowCredentials: [{ type: 'public-key', id: made.rawId }],
        userVerification: 'required',
        extensions: asked.extensions
      }
    }))
  } catch (refused) { // it is a passkey all the same, which finds the draft
    return undefined
  }
}

// written is what a passkey said, as JSON.
function written (key, secret) {
  const said = {}
  for (const name of ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle']) {
    if (key.response[name]) said[name] = text(key.response[name])
  }
  if (key.response.getTransports) said.transports = key.response.getTransports()
  const results = { ...key.getClientExtensionResults() }
  delete results.prf // the secret goes by itself
  return JSON.stringify({ id: key.id, rawId: text(key.rawId), type: key.type, response: said, clientExtensionResults: results, secret: secret ? text(secret) : undefined })
}

async function post (path, body) {
  const answer = await fetch(path, { method: 'POST', body, headers: body ? { 'Content-Type': 'application/json' } : {}, credentials: 'same-origin' })
  const said = await answer.json()
  if (!answer.ok) throw new Error(said.problem)
  return said
}

async function ask (button) {
  const problem = document.getElementById('passkey-problem')
  problem.hidden = true
  button.disabled = true
  try {
    const options = read((await post(button.dataset.begin)).publicKey)
    let key, secret
    try {
      key = await (options.publicKey.user ? navigator.credentials.create(options) : navigator.credentials.get(options))
      secret = secretOf(key) || (options.publicKey.user && await using(key, options.publicKey))
    } catch (refused) { // by the person, or by the device: it isn't told which
      throw new Error(refused.name === 'InvalidStateError' ? button.dataset.there : button.dataset.refused)
    }
    location.assign((await post(button.dataset.begin + '/done', written(key, secret))).to)
  } catch (e) {
    problem.textContent = e.message
    problem.hidden = false
    problem.focus()
    button.disabled = false
  }
}

for (const button of document.querySelectorAll('button[data-begin]')) {
  if (!window.PublicKeyCredential) continue
  button.hidden = false
  button.addEventListener('click', () => ask(button))
  for (const without of document.querySelectorAll('.no-passkey')) without.hidden = true
}

// An invitation's link carries its token behind the #, which no server is told.
const token = document.getElementById('token')
if (token && location.hash.length > 1) {
  token.value = location.hash.slice(1)
  history.replaceState(null, '', location.pathname)
}

// What only leads on does so by itself.
const on = document.querySelector('form[data-go-on]')
if (on) on.submit()
const away = document.querySelector('a[data-away]')
if (away) location.assign(away.href)
