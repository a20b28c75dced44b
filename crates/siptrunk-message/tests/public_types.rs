//! What the crate shows of itself: no type of the parser library that it is built with, in any public signature.

use std::fs;
use std::path::{Path, PathBuf};

fn sources(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            out.push(path);
        }
    }
}

/// The items of a source text that others may see: what is `pub`, each with its whole signature or its fields; the
/// types that an implementation of a trait names; and whom a trait is implemented for.
fn public_items(source: &str) -> Vec<String> {
    let source = source.split("#[cfg(test)]").next().unwrap_or_default();
    let mut lines = source.lines();
    let mut items = Vec::new();
    while let Some(line) = lines.next() {
        let start = line.trim_start();
        if !["pub ", "impl", "type "].iter().any(|word| start.starts_with(word))
            || start.starts_with("pub use")
        {
            continue;
        }
        let indent = line.len() - start.len();
        let holds_more = ["struct", "enum", "trait"]
            .iter()
            .any(|kind| start.starts_with(&format!("pub {kind}")) && start.ends_with('{'));
        let mut item = start.to_owned();
        // A signature goes on to its body or its semicolon; fields, variants and trait functions to the closing bracket.
        let is_whole = |item: &str| {
            let in_list = item.matches('(').count() > item.matches(')').count();
            item.ends_with(['{', ';', '}']) || (item.ends_with(',') && !in_list)
        };
        while holds_more || !is_whole(&item) {
            let Some(next) = lines.next() else { break };
            item.push(' ');
            item.push_str(next.trim());
            if holds_more && next.trim() == "}" && next.find('}') == Some(indent) {
                break;
            }
        }
        items.push(item);
    }
    items
}

/// The names of what the grammar has of nom.
fn shows_nom(item: &str) -> bool {
    ["nom::", "IResult", "Parser", "At<"].iter().any(|name| item.contains(name))
}

#[test]
fn no_public_signature_shows_a_type_of_nom() {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let (mut seen, mut uses) = (0, 0);
    for file in files {
        let source = fs::read_to_string(&file).unwrap();
        uses += usize::from(source.contains("IResult"));
        // The one type that nom's traits are implemented for is private.
        for item in public_items(&source).iter().filter(|item| !item.contains("for At<'a>")) {
            seen += 1;
            let of_private = item.starts_with("impl") && item.contains(" At<'a> {");
            assert!(of_private || !shows_nom(item), "{}: {item}", file.display());
        }
    }
    assert!(seen > 500 && uses > 10, "{seen} items, {uses} files: nothing was looked at");
}

#[test]
fn a_type_of_nom_would_be_found() {
    for source in [
        "pub fn parse(input: &[u8]) -> IResult<&[u8], u32> {\n}\n",
        "    pub fn parse(\n        input: &[u8],\n    ) -> Result<u32, nom::Err<()>> {\n    }\n",
        "pub enum Error {\n    /// What.\n    Grammar(nom::error::ErrorKind),\n}\n",
        "pub struct Error {\n    pub kind: nom::error::ErrorKind,\n}\n",
        "pub trait Header {\n    fn parse(&self) -> IResult<u8, u8>;\n}\n",
        "impl From<nom::Err<()>> for Error {\n}\n",
        "impl FromStr for Uri {\n    type Err = nom::Err<()>;\n}\n",
    ] {
        assert!(public_items(source).iter().any(|item| shows_nom(item)), "{source}");
    }
    assert_eq!(public_items("pub(crate) fn parse() -> IResult<u8> {\n"), [""; 0]);
}
