//! From the text of a challenge to the value of Authorization, with MD5 and `qop=auth`.

use std::convert::TryFrom;
use std::fmt::Write;
use std::hint::black_box;

use digest_auth::{AuthContext, HttpMethod};
use http_auth::{ChallengeParser, DigestClient, PasswordParams};
use siptrunk_benches::limits::challenge::{CNONCE, METHOD, PASSWORD, URI, USERNAME, VALUE};
use siptrunk_benches::limits::digest_response;
use siptrunk_digest::{Account, Attempts, Client, Request};

use crate::Visitor;

fn response_of(value: &str) -> &str {
    let after = value.split_once("response=").expect("a response").1;
    after.trim_start_matches('"').get(..32).expect("32 digits")
}

/// One visit for each crate, after all have given the same response.
pub fn digest(visitor: &mut impl Visitor) {
    let expected = digest_response();
    let expected = std::str::from_utf8(&expected).expect("digits");
    let account = Account::new(USERNAME, PASSWORD);
    let mut known = Client::new(account.clone());
    let mut out = String::with_capacity(512);
    for (name, value) in [
        ("siptrunk-digest", first(&account)),
        ("http-auth", http(VALUE)),
        ("digest_auth", digest_auth_crate(VALUE)),
    ] {
        assert_eq!(response_of(&value), expected, "{name}: {value}");
    }

    visitor.visit("digest", "raw-md5", digest_response);
    visitor.visit("digest", "siptrunk-digest", || first(black_box(&account)));
    visitor.visit("digest", "siptrunk-digest-known", || {
        out.clear();
        respond(&mut known, black_box(VALUE), &mut out);
        black_box(&out).len()
    });
    visitor.visit("digest", "http-auth", || http(black_box(VALUE)));
    visitor.visit("digest", "digest_auth", || digest_auth_crate(black_box(VALUE)));
}

/// The first challenge of a realm: all three hashes.
fn first(account: &Account) -> String {
    let mut out = String::with_capacity(512);
    respond(&mut Client::new(account.clone()), VALUE, &mut out);
    out
}

/// Whatever comes after: the client has the hash of the password, and the buffer is the caller's.
fn respond(client: &mut Client, challenge: &str, out: &mut String) {
    let request = Request { method: METHOD, uri: URI, body: b"" };
    let challenges = [challenge.as_bytes()];
    let answered = client.respond_into(&mut Attempts::new(), challenges, &request, CNONCE, out);
    answered.expect("we can answer it");
}

fn http(challenge: &str) -> String {
    let challenge = ChallengeParser::new(challenge).next().expect("a challenge");
    let challenge = challenge.expect("http-auth parses it");
    let mut client = DigestClient::try_from(&challenge).expect("http-auth can answer it");
    let parameters = PasswordParams {
        username: USERNAME,
        password: PASSWORD,
        uri: URI,
        method: METHOD,
        body: Some(b""),
    };
    client.respond_with_testing_cnonce(&parameters, CNONCE).expect("a response")
}

fn digest_auth_crate(challenge: &str) -> String {
    let mut prompt = digest_auth::parse(challenge).expect("digest_auth parses it");
    let method = HttpMethod(METHOD.into());
    let mut context =
        AuthContext::new_with_method(USERNAME, PASSWORD, URI, Option::<&[u8]>::None, method);
    context.set_custom_cnonce(CNONCE);
    let mut value = String::new();
    let header = prompt.respond(&context).expect("a response");
    write!(value, "{header}").expect("a String takes all");
    value
}
