//! Handshakes on loopback: what each side makes of a certificate, and what else can go wrong.

#[path = "../../../tests/support/authority.rs"]
mod authority;
mod table;

use std::{sync::Arc, time::Duration};

use authority::Authority;
use rcgen::{
    CertificateParams, CertifiedIssuer, CustomExtension, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, KeyPair, NameConstraints, SanType, date_time_ymd,
};
use siptrunk_transaction::{Domain, PeerIdentity};
use table::{Name, Outcome, ROWS, Row, Shape};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tokio_rustls::rustls::{pki_types::PrivateKeyDer, sign::CertifiedKey};

use super::{Certificate, HandshakeError, PeerPolicy, Roots, TlsClient, TlsServer, provider};

/// Longer than a handshake takes; reached only when a test fails.
const PATIENCE: Duration = Duration::from_secs(10);

type Judged = Result<Option<PeerIdentity>, HandshakeError>;

/// One handshake: whom the client found, and whom the server did.
async fn shake(client: &TlsClient, wanted: &str, server: &TlsServer) -> (Judged, Judged) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let domain = Domain::new(wanted);
    let dialled = async {
        let stream = TcpStream::connect(address).await.unwrap();
        // Kept open: a server that is not done yet must not see the end of the stream.
        client.connect(stream, &domain).await
    };
    let accepted = async {
        let (stream, _) = listener.accept().await.unwrap();
        server.accept(stream).await
    };
    let (dialled, accepted) = timeout(PATIENCE, async { tokio::join!(dialled, accepted) })
        .await
        .expect("a handshake in time");
    let accepted = accepted.map(|(_, proof)| proof.map(|(identity, _)| identity));
    (dialled.map(|(_, identity)| identity), accepted)
}

fn far(authority: &Authority) -> TlsServer {
    TlsServer::new(authority.issue(&["far.example"])).unwrap()
}

/// The certificate of a row; both sides trust `root`.
fn certificate(row: &Row, root: &Authority) -> Certificate {
    let mut params = CertificateParams::default();
    params.subject_alt_names = row.names.iter().map(san).collect();
    match row.shape {
        Shape::Plain
        | Shape::Stranger
        | Shape::Impostor
        | Shape::SelfSigned
        | Shape::Below
        | Shape::BelowMissing
        | Shape::BelowPermitted(_)
        | Shape::BelowExcluded(_)
        | Shape::BelowUris(_) => {}
        Shape::CommonName(name) => params.distinguished_name.push(DnType::CommonName, name),
        Shape::Purpose(purposes) => params.extended_key_usages = purposes.to_vec(),
        Shape::ForSip => {
            let sip_domain = vec![1, 3, 6, 1, 5, 5, 7, 3, 20];
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::Other(sip_domain)];
        }
        Shape::Over => params.not_after = date_time_ymd(2020, 1, 1),
        Shape::NotYet => params.not_before = date_time_ymd(4000, 1, 1),
        Shape::Root => params.is_ca = Authority::params("").is_ca,
        Shape::Critical => {
            let mut unknown = CustomExtension::from_oid_content(&[2, 5, 29, 999], vec![5, 0]);
            unknown.set_criticality(true);
            params.custom_extensions.push(unknown);
        }
    }
    match row.shape {
        Shape::Impostor => Authority::new().sign(&params).0,
        Shape::Stranger => {
            let (name, key) = (Authority::params("a stranger"), KeyPair::generate().unwrap());
            let issuer = CertifiedIssuer::self_signed(name, key).unwrap();
            Authority { issuer, chain: String::new() }.sign(&params).0
        }
        Shape::SelfSigned => {
            let key = KeyPair::generate().unwrap();
            let certificate = params.self_signed(&key).unwrap();
            let (chain, key) = (certificate.pem(), key.serialize_pem());
            Certificate::from_pem(chain.as_bytes(), key.as_bytes()).unwrap()
        }
        Shape::Below => below(root, |_| {}).sign(&params).0,
        Shape::BelowMissing => {
            Authority { chain: String::new(), ..below(root, |_| {}) }.sign(&params).0
        }
        Shape::BelowPermitted(host) => {
            let permitted_subtrees = vec![GeneralSubtree::DnsName(host.to_owned())];
            let excluded_subtrees = Vec::new();
            let constraints = NameConstraints { permitted_subtrees, excluded_subtrees };
            below(root, |params| params.name_constraints = Some(constraints)).sign(&params).0
        }
        Shape::BelowExcluded(host) => {
            let excluded_subtrees = vec![GeneralSubtree::DnsName(host.to_owned())];
            let permitted_subtrees = Vec::new();
            let constraints = NameConstraints { permitted_subtrees, excluded_subtrees };
            below(root, |params| params.name_constraints = Some(constraints)).sign(&params).0
        }
        Shape::BelowUris(host) => {
            below(root, |params| params.custom_extensions.push(permitted_uris(host)))
                .sign(&params)
                .0
        }
        Shape::Critical => {
            // We would not load such a certificate ourselves, so it is put together by hand.
            let key = KeyPair::generate().unwrap();
            let der = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
            let chain = vec![params.signed_by(&key, &root.issuer).unwrap().der().clone()];
            let key = provider().key_provider.load_private_key(der).unwrap();
            Certificate(Arc::new(CertifiedKey::new(chain, key)))
        }
        _ => root.sign(&params).0,
    }
}

fn san(name: &Name) -> SanType {
    match name {
        Name::Uri(uri) => SanType::URI((*uri).try_into().unwrap()),
        Name::Dns(host) => SanType::DnsName((*host).try_into().unwrap()),
        Name::Ip(address) => SanType::IpAddress(address.parse().unwrap()),
        Name::Mail(address) => SanType::Rfc822Name((*address).try_into().unwrap()),
    }
}

/// An authority that the root signed.
fn below(root: &Authority, change: impl FnOnce(&mut CertificateParams)) -> Authority {
    let mut params = Authority::params("an intermediate of tests");
    change(&mut params);
    let key = KeyPair::generate().unwrap();
    let issuer = CertifiedIssuer::signed_by(params, key, &root.issuer).unwrap();
    let chain = issuer.pem();
    Authority { issuer, chain }
}

/// Name constraints that permit URIs with hosts under this, in DER: rcgen has none of this kind.
fn permitted_uris(host: &str) -> CustomExtension {
    let wrap =
        |tag: u8, content: &[u8]| [&[tag, u8::try_from(content.len()).unwrap()], content].concat();
    let permitted = wrap(0xa0, &wrap(0x30, &wrap(0x86, host.as_bytes())));
    let mut extension = CustomExtension::from_oid_content(&[2, 5, 29, 30], wrap(0x30, &permitted));
    extension.set_criticality(true);
    extension
}

/// Whether it is what the row says, down to the names.
fn is_as_expected(judged: &Judged, expected: &Outcome, row: &Row) -> bool {
    match (expected, judged) {
        (Outcome::Accepted(names), Ok(Some(identity))) => identity.names() == *names,
        (Outcome::Named(names), Err(HandshakeError::Name { expected, found })) => {
            found == names && expected == &Domain::new(row.wanted)
        }
        (Outcome::Expired, Err(HandshakeError::Expired))
        | (Outcome::UnknownIssuer, Err(HandshakeError::UnknownIssuer)) => true,
        (Outcome::Unfit(part), Err(HandshakeError::Certificate { reason })) => {
            reason.contains(part)
        }
        _ => false,
    }
}

#[tokio::test]
async fn certificates_prove_what_the_table_says() {
    assert!(ROWS.len() >= 40);
    let root = Authority::new();
    let far = root.issue(&["far.example"]);
    let mut wrong = Vec::new();
    let mut judge = |side, judged: &Judged, expected, row: &Row| {
        let clean = judged.as_ref().err().is_none_or(|error| !has_controls(&error.to_string()));
        if !is_as_expected(judged, expected, row) || !clean {
            wrong.push(format!("{}, shown by a {side}: {judged:?}", row.what));
        }
    };
    for row in ROWS {
        let shown = certificate(row, &root);
        let server = TlsServer::new(shown.clone()).unwrap();
        let client = TlsClient::new(root.roots());
        let (found, _) = shake(&client, row.wanted, &server).await;
        judge("server", &found, &row.server, row);

        let server = TlsServer::requiring_clients(far.clone(), root.roots()).unwrap();
        let (_, found) = shake(&client.certificate(shown), "far.example", &server).await;
        judge("client", &found, &row.client, row);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn has_controls(text: &str) -> bool {
    text.contains(char::is_control)
}

/// What a client says of this server, which it knows as `far.example`.
async fn refusal(client: &TlsClient, server: &TlsServer) -> (HandshakeError, Judged) {
    let (found, served) = shake(client, "far.example", server).await;
    (found.expect_err("refused"), served)
}

#[tokio::test]
async fn a_pin_stands_for_chain_names_and_dates_and_proves_no_name_but_the_wanted_one() {
    let stranger = Authority::new();
    let mut params = CertificateParams::new(vec!["other.example".to_owned()]).unwrap();
    params.not_after = date_time_ymd(2020, 1, 1);
    let (shown, pin) = stranger.sign(&params);
    let server = TlsServer::new(shown).unwrap();
    let pinned = |pin| {
        let policy = PeerPolicy { pin: Some(pin), ..PeerPolicy::default() };
        TlsClient::new(Roots::none()).peer(Domain::new("far.example"), policy)
    };
    let (found, _) = shake(&pinned(pin), "far.example", &server).await;
    // The certificate's own words would let its holder pass for anybody.
    assert_eq!(found, Ok(Some(PeerIdentity::new(["far.example".to_owned()]))));

    let (error, _) = refusal(&pinned([7; 32]), &server).await;
    let HandshakeError::Pin { found } = error else { panic!("{error:?}") };
    assert_eq!(PeerPolicy::read_pin(&found).unwrap(), pin, "what would have to be pinned");
}

#[tokio::test]
async fn a_wildcard_counts_where_that_was_asked_for_and_nowhere_else() {
    let root = Authority::new();
    let server = TlsServer::new(root.issue(&["*.far.example"])).unwrap();
    let policy = PeerPolicy { accept_wildcard: true, ..PeerPolicy::default() };
    let client = TlsClient::new(root.roots()).peer(Domain::new("sip.far.example"), policy);
    assert!(shake(&client, "sip.far.example", &server).await.0.is_ok());
    let (elsewhere, _) = shake(&client, "sbc.far.example", &server).await;
    assert!(matches!(elsewhere, Err(HandshakeError::Name { .. })), "{elsewhere:?}");
}

#[tokio::test]
async fn a_missing_client_certificate_is_told_to_both_sides() {
    let root = Authority::new();
    let required = || TlsServer::requiring_clients(root.issue(&["far.example"]), root.roots());
    let (_, served) =
        shake(&TlsClient::new(root.roots()), "far.example", &required().unwrap()).await;
    assert_eq!(served, Err(HandshakeError::NoCertificate));

    let asked = TlsServer::asking_clients(root.issue(&["far.example"]), root.roots()).unwrap();
    let (found, served) = shake(&TlsClient::new(root.roots()), "far.example", &asked).await;
    assert!(found.is_ok());
    assert_eq!(served, Ok(None), "a client without a certificate is nobody");
}

#[tokio::test]
async fn a_server_hears_why_its_certificate_was_refused() {
    let root = Authority::new();
    let (error, served) = refusal(&TlsClient::new(Roots::none()), &far(&root)).await;
    assert_eq!(error, HandshakeError::UnknownIssuer);
    assert_eq!(served, Err(HandshakeError::Refused { alert: "UnknownCA".to_owned() }));
}

#[tokio::test]
async fn versions_without_a_common_one_are_told_apart_from_what_is_no_tls() {
    let server = far(&Authority::new());
    for (octets, version) in
        [(CLIENT_HELLO_1_0, true), (&b"OPTIONS sip:a@b SIP/2.0\r\n"[..], false)]
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut peer = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        peer.write_all(octets).await.unwrap();
        let error = timeout(PATIENCE, server.accept(stream)).await.unwrap().unwrap_err();
        assert_eq!(error == HandshakeError::Version, version, "{error:?}");
        assert_eq!(matches!(error, HandshakeError::NotTls { .. }), !version, "{error:?}");
    }
}

/// A hello of TLS 1.0 (RFC 2246 section 7.4.1.2): no session, one suite of that time, no extensions.
const CLIENT_HELLO_1_0: &[u8] = &[
    22, 3, 1, 0, 45, // a record with a handshake
    1, 0, 0, 41, 3, 1, // its only message, and the version
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, // random octets
    17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, //
    0, 0, 2, 0, 47, 1, 0, // no session; TLS_RSA_WITH_AES_128_CBC_SHA; no compression
];
