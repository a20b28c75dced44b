//! Whom a certificate names as SIP domains (RFC 5922 section 7.1), and how names compare (7.2).

use siptrunk_transaction::{Domain, PeerIdentity};
use tokio_rustls::rustls::pki_types::CertificateDer;
use webpki::EndEntityCert;

/// The SIP domains that a certificate names.
///
/// URIs of scheme `sip` without a user; if there are none, the DNS names. The subject's common name
/// is never asked (7.1 allows it for certificates without alternative names, and nobody issues those).
pub(super) fn domains(certificate: &EndEntityCert<'_>) -> Vec<String> {
    let uris: Vec<String> =
        certificate.valid_uri_names().filter_map(domain_of).map(str::to_owned).collect();
    if uris.is_empty() { certificate.valid_dns_names().map(str::to_owned).collect() } else { uris }
}

/// The host of a `sip:` URI that names a domain.
fn domain_of(uri: &str) -> Option<&str> {
    let (scheme, rest) = uri.split_once(':')?;
    if !scheme.eq_ignore_ascii_case("sip") || rest.contains('@') {
        return None;
    }
    // An address in brackets has colons of its own, and is no domain.
    let host = rest.split([':', ';', '?']).next()?;
    (!host.is_empty() && !host.starts_with('[')).then_some(host)
}

/// Whether one of these names is the domain that we wanted: as a whole, without regard to case. A
/// wildcard counts only if that was asked for, and for one label.
pub(super) fn names(domains: &[String], wanted: &Domain, accept_wildcard: bool) -> bool {
    let wanted = wanted.as_str().trim_end_matches('.');
    domains.iter().any(|name| {
        let name = name.trim_end_matches('.');
        if name.eq_ignore_ascii_case(wanted) {
            return true;
        }
        accept_wildcard
            && name.strip_prefix("*.").is_some_and(|parent| {
                wanted.split_once('.').is_some_and(|(label, rest)| {
                    !label.is_empty() && rest.contains('.') && rest.eq_ignore_ascii_case(parent)
                })
            })
    })
}

/// What a chain that was verified says of the peer.
pub(super) fn of_chain(chain: Option<&[CertificateDer<'_>]>) -> Option<PeerIdentity> {
    let certificate = EndEntityCert::try_from(chain?.first()?).ok()?;
    Some(PeerIdentity::new(domains(&certificate)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sip_uris_without_users_are_domains() {
        for (uri, domain) in [
            ("sip:example.com", Some("example.com")),
            ("SIP:Example.com;transport=tls", Some("Example.com")),
            ("sip:example.com:5061", Some("example.com")),
            ("sip:alice@example.com", None),
            ("sips:example.com", None),
            ("https://example.com", None),
            ("sip:", None),
            ("sip:[2001:db8::1]:5061", None),
            ("example.com", None),
        ] {
            assert_eq!(domain_of(uri), domain, "{uri}");
        }
    }

    #[test]
    fn names_compare_as_wholes() {
        let is = |name: &str, wanted: &str, wildcard| {
            names(&[name.to_owned()], &Domain::new(wanted), wildcard)
        };
        assert!(is("Example.COM", "example.com", false));
        assert!(is("example.com.", "example.com", false));
        assert!(!is("foo.example.com", "example.com", false));
        assert!(!is("example.com", "foo.example.com", false));
        assert!(!is(".example.com", "foo.example.com", true));
        assert!(!is("*.example.com", "foo.example.com", false));
        assert!(is("*.example.com", "foo.example.com", true));
        assert!(!is("*.example.com", "a.foo.example.com", true));
        assert!(!is("*.example.com", "example.com", true));
        assert!(!is("*.com", "example.com", true), "a whole top level is not one peer");
    }
}
