//! What RFC 5922 makes of certificates: one row each, shown by a server and by a client.

use Name::{Dns, Ip, Mail, Uri};
use Outcome::{Accepted, Expired, Named, Unfit, UnknownIssuer};
use Shape::{
    Below, BelowExcluded, BelowMissing, BelowPermitted, BelowUris, CommonName, Critical, Impostor,
    NotYet, Over, Plain, Purpose, Root, SelfSigned, Stranger,
};
use rcgen::ExtendedKeyUsagePurpose::{Any, ClientAuth, CodeSigning, ServerAuth};

/// One certificate.
pub(super) struct Row {
    pub(super) what: &'static str,
    pub(super) shape: Shape,
    /// Its alternative names; none leaves the extension out.
    pub(super) names: &'static [Name],
    /// Whom the client looks for.
    pub(super) wanted: &'static str,
    /// What a client makes of it.
    pub(super) server: Outcome,
    /// What a server that asks for certificates makes of it.
    pub(super) client: Outcome,
}

/// One alternative name (RFC 5280 section 4.2.1.6).
pub(super) enum Name {
    Uri(&'static str),
    Dns(&'static str),
    Ip(&'static str),
    Mail(&'static str),
}

/// What else there is to a certificate.
pub(super) enum Shape {
    /// Signed by the trusted root, without an end, for anything.
    Plain,
    /// Its subject has this common name.
    CommonName(&'static str),
    /// For these alone (RFC 5280 section 4.2.1.12).
    Purpose(&'static [rcgen::ExtendedKeyUsagePurpose]),
    /// For SIP domains alone (RFC 5924).
    ForSip,
    /// Its time is over.
    Over,
    /// Its time has not come.
    NotYet,
    /// Signed by somebody else's root.
    Stranger,
    /// The same, and that root has the name of the trusted one.
    Impostor,
    /// Signed by itself.
    SelfSigned,
    /// One that signs others, and no end's.
    Root,
    /// With an extension that nobody knows and that must be known.
    Critical,
    /// Signed by an authority under the root, which is shown with it.
    Below,
    /// The same, and that authority is not shown.
    BelowMissing,
    /// That authority may only name hosts under this (RFC 5280 section 4.2.1.10).
    BelowPermitted(&'static str),
    /// It may name anything but hosts under this.
    BelowExcluded(&'static str),
    /// It may only name URIs with hosts under this.
    BelowUris(&'static str),
}

/// What becomes of the handshake.
pub(super) enum Outcome {
    /// The peer is these.
    Accepted(&'static [&'static str]),
    /// Somebody else, with the names that the error shows.
    Named(&'static [&'static str]),
    Expired,
    UnknownIssuer,
    /// Another fault; the error's text has this in it.
    Unfit(&'static str),
}

const FAR: &str = "far.example";
const ONLY_FAR: Outcome = Accepted(&[FAR]);
const NOBODY: Outcome = Accepted(&[]);

const fn row(
    what: &'static str,
    shape: Shape,
    names: &'static [Name],
    wanted: &'static str,
    server: Outcome,
    client: Outcome,
) -> Row {
    Row { what, shape, names, wanted, server, client }
}

/// For each: what it is; its shape and names; whom the client looks for; what the client makes of it
/// and what a server does.
#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    // 7.1: which names count.
    row("a sip URI", Plain, &[Uri("sip:far.example")], FAR, ONLY_FAR, ONLY_FAR),
    row("a DNS name", Plain, &[Dns("far.example")], FAR, ONLY_FAR, ONLY_FAR),
    row("a common name alone", CommonName("far.example"), &[], FAR, Named(&[]), NOBODY),
    row("a common name beside a DNS name", CommonName("far.example"), &[Dns("other.example")], FAR,
        Named(&["other.example"]), Accepted(&["other.example"])),
    row("a URI with port and parameters", Plain, &[Uri("sip:far.example:5061;transport=tls")], FAR,
        ONLY_FAR, ONLY_FAR),
    row("a user's URI", Plain, &[Uri("sip:alice@far.example")], FAR,
        Named(&["UniformResourceIdentifier(\"sip:alice@far.example\")"]), NOBODY),
    row("a user's URI beside a DNS name", Plain, &[Uri("sip:alice@far.example"), Dns("far.example")], FAR,
        ONLY_FAR, ONLY_FAR),
    row("a sips URI", Plain, &[Uri("sips:far.example")], FAR,
        Named(&["UniformResourceIdentifier(\"sips:far.example\")"]), NOBODY),
    row("a sips URI beside a DNS name", Plain, &[Uri("sips:far.example"), Dns("far.example")], FAR,
        ONLY_FAR, ONLY_FAR),
    row("an https URI", Plain, &[Uri("https://far.example")], FAR,
        Named(&["UniformResourceIdentifier(\"https://far.example\")"]), NOBODY),
    row("a sip URI beside a DNS name", Plain, &[Uri("sip:far.example"), Dns("other.example")], FAR,
        ONLY_FAR, ONLY_FAR),
    row("a DNS name that a sip URI sets aside", Plain, &[Dns("far.example"), Uri("sip:other.example")], FAR,
        Named(&["other.example"]), Accepted(&["other.example"])),
    row("several DNS names", Plain, &[Dns("a.example"), Dns("b.example"), Dns("far.example")], FAR,
        Accepted(&["a.example", "b.example", FAR]), Accepted(&["a.example", "b.example", FAR])),
    row("several sip URIs", Plain, &[Uri("sip:a.example"), Uri("sip:far.example")], FAR,
        Accepted(&["a.example", FAR]), Accepted(&["a.example", FAR])),
    row("a mail address", Plain, &[Mail("far.example@far.example")], FAR,
        Named(&["Unsupported(0x01)"]), NOBODY),
    row("an address", Plain, &[Ip("192.0.2.1")], FAR, Named(&["IpAddress(192.0.2.1)"]), NOBODY),

    // 7.2: how they compare.
    row("another name", Plain, &[Dns("other.example")], FAR,
        Named(&["other.example"]), Accepted(&["other.example"])),
    row("a URI in other case", Plain, &[Uri("SIP:Far.EXAMPLE")], FAR,
        Accepted(&["Far.EXAMPLE"]), Accepted(&["Far.EXAMPLE"])),
    row("a DNS name in other case", Plain, &[Dns("FAR.Example")], FAR,
        Accepted(&["FAR.Example"]), Accepted(&["FAR.Example"])),
    row("a wanted name in other case", Plain, &[Dns("far.example")], "Far.Example",
        ONLY_FAR, ONLY_FAR),
    row("a wanted name with the root's dot", Plain, &[Dns("far.example")], "far.example.",
        ONLY_FAR, ONLY_FAR),
    row("a URI with the root's dot", Plain, &[Uri("sip:far.example.")], FAR,
        Accepted(&["far.example."]), Accepted(&["far.example."])),
    row("a name below", Plain, &[Dns("sip.far.example")], FAR,
        Named(&["sip.far.example"]), Accepted(&["sip.far.example"])),
    row("a name above", Plain, &[Dns("far.example")], "sip.far.example", Named(&[FAR]), ONLY_FAR),
    row("a name that ends alike", Plain, &[Dns("notfar.example")], FAR,
        Named(&["notfar.example"]), Accepted(&["notfar.example"])),
    row("a wildcard", Plain, &[Dns("*.far.example")], "sip.far.example",
        Named(&["*.far.example"]), Accepted(&["*.far.example"])),
    row("a wildcard in a URI", Plain, &[Uri("sip:*.far.example")], "sip.far.example",
        Named(&["*.far.example"]), Accepted(&["*.far.example"])),
    row("a leading dot in a URI", Plain, &[Uri("sip:.far.example")], "sip.far.example",
        Named(&[".far.example"]), Accepted(&[".far.example"])),
    row("a leading dot", Plain, &[Dns(".far.example")], "sip.far.example",
        Named(&["DnsName(\".far.example\")"]), NOBODY),
    row("a NUL in a DNS name", Plain, &[Dns("far.example\0.evil.example")], FAR,
        Named(&["DnsName(\"far.example\0.evil.example\")"]), NOBODY),
    row("a NUL in a URI", Plain, &[Uri("sip:far.example\0.evil.example")], FAR,
        Named(&["far.example\0.evil.example"]), Accepted(&["far.example\0.evil.example"])),
    row("an internationalized name", Plain, &[Dns("xn--bcher-kva.example")], "xn--bcher-kva.example",
        Accepted(&["xn--bcher-kva.example"]), Accepted(&["xn--bcher-kva.example"])),
    row("one in other case", Plain, &[Uri("sip:XN--BCHER-KVA.example")], "xn--bcher-kva.example",
        Accepted(&["XN--BCHER-KVA.example"]), Accepted(&["XN--BCHER-KVA.example"])),

    // 7.3: the name that was asked for, never what DNS made of it.
    row("the target of an SRV record", Plain, &[Dns("sbc1.carrier.example")], FAR,
        Named(&["sbc1.carrier.example"]), Accepted(&["sbc1.carrier.example"])),
    row("the owner of an SRV record", Plain, &[Dns("_sips._tcp.far.example")], FAR,
        Named(&["_sips._tcp.far.example"]), Accepted(&["_sips._tcp.far.example"])),

    // Hosts that are known by an address alone: their certificates must have it as such.
    row("an address as such", Plain, &[Ip("127.0.0.1")], "127.0.0.1", NOBODY, NOBODY),
    row("an IPv6 address", Plain, &[Ip("::1")], "[::1]", NOBODY, NOBODY),
    row("another address", Plain, &[Ip("192.0.2.1"), Dns("far.example")], "192.0.2.2",
        Named(&["IpAddress(192.0.2.1)", "DnsName(\"far.example\")"]), ONLY_FAR),
    row("an address as a DNS name", Plain, &[Dns("192.0.2.1")], "192.0.2.1",
        Named(&["DnsName(\"192.0.2.1\")"]), NOBODY),
    row("an address in a URI", Plain, &[Uri("sip:192.0.2.1")], "192.0.2.1",
        Named(&["UniformResourceIdentifier(\"sip:192.0.2.1\")"]), Accepted(&["192.0.2.1"])),

    // RFC 5280: whether it counts at all.
    row("expired", Over, &[Dns("far.example")], FAR, Expired, Expired),
    row("not yet valid", NotYet, &[Dns("far.example")], FAR, Expired, Expired),
    row("for signing code", Purpose(&[CodeSigning]), &[Dns("far.example")], FAR,
        Unfit("key usage"), Unfit("key usage")),
    row("for clients", Purpose(&[ClientAuth]), &[Dns("far.example")], FAR,
        Unfit("key usage"), ONLY_FAR),
    row("for servers", Purpose(&[ServerAuth]), &[Dns("far.example")], FAR,
        ONLY_FAR, Unfit("key usage")),
    row("for both", Purpose(&[ServerAuth, ClientAuth]), &[Dns("far.example")], FAR,
        ONLY_FAR, ONLY_FAR),
    row("for any purpose", Purpose(&[Any]), &[Dns("far.example")], FAR,
        Unfit("key usage"), Unfit("key usage")),
    row("for SIP", Shape::ForSip, &[Uri("sip:far.example")], FAR, ONLY_FAR, ONLY_FAR),
    row("with an unknown critical extension", Critical, &[Dns("far.example")], FAR,
        Unfit("CriticalExtension"), Unfit("CriticalExtension")),
    row("a stranger's", Stranger, &[Dns("far.example")], FAR, UnknownIssuer, UnknownIssuer),
    row("of a stranger with the root's name", Impostor, &[Dns("far.example")], FAR, UnknownIssuer, UnknownIssuer),
    row("self-signed", SelfSigned, &[Dns("far.example")], FAR, UnknownIssuer, UnknownIssuer),
    row("an authority's own", Root, &[Dns("far.example")], FAR, Unfit("CaUsed"), Unfit("CaUsed")),
    row("below an intermediate", Below, &[Dns("far.example")], FAR, ONLY_FAR, ONLY_FAR),
    row("below one that is not shown", BelowMissing, &[Dns("far.example")], FAR,
        UnknownIssuer, UnknownIssuer),
    row("within name constraints", BelowPermitted("far.example"), &[Dns("far.example")], FAR,
        ONLY_FAR, ONLY_FAR),
    row("outside of them", BelowPermitted("corp.example"), &[Dns("far.example")], FAR,
        Unfit("NameConstraint"), Unfit("NameConstraint")),
    row("excluded by them", BelowExcluded("far.example"), &[Dns("far.example")], FAR,
        Unfit("NameConstraint"), Unfit("NameConstraint")),
    // Constraints hold for their own kind of names (RFC 5280 4.2.1.10).
    row("a URI below constraints of DNS names", BelowPermitted("corp.example"), &[Uri("sip:far.example")], FAR,
        ONLY_FAR, ONLY_FAR),
    // Those of URIs are not computed: nothing passes.
    row("a URI below constraints of URIs", BelowUris("far.example"), &[Uri("sip:far.example")], FAR,
        Unfit("NameConstraint"), Unfit("NameConstraint")),
];
