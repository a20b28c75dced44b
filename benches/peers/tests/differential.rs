//! The same octets read by us and by sipx-sip: whether they are a message at all, and what its typed fields say. Every
//! disagreement has to fall in a class that `docs/parser.md` explains, and every class has to be needed.

mod differential {
    mod class;
    mod corpus;
    mod reading;

    use std::collections::{BTreeMap, BTreeSet};

    use self::class::{CLASSES, Disagreement, class_of};
    use self::reading::{Field, Reading};

    /// Fields on which the two readings differ; one row if only one of them reads a message at all.
    fn compare(case: &corpus::Case) -> Vec<Disagreement> {
        let disagreement = |field, ours: String, theirs: String| Disagreement {
            case: case.name.clone(),
            field,
            ours,
            theirs,
        };
        let taken = |message: &Reading| message.fields().map(|(name, field)| (name, field.clone()));
        match (reading::ours(&case.octets), reading::theirs(&case.octets)) {
            (Ok(ours), Ok(theirs)) => taken(&ours)
                .into_iter()
                .zip(taken(&theirs))
                .filter(|((_, ours), (_, theirs))| ours != theirs)
                .map(|((field, ours), (_, theirs))| {
                    disagreement(field, ours.to_string(), theirs.to_string())
                })
                .collect(),
            (Ok(_), Err(theirs)) => vec![disagreement("message", "read".to_owned(), theirs)],
            (Err(ours), Ok(_)) => vec![disagreement("message", ours, "read".to_owned())],
            (Err(_), Err(_)) => Vec::new(),
        }
    }

    /// Prints how often each class was met: `.ci/long differential` keeps it.
    #[test]
    fn every_disagreement_is_explained_and_every_explanation_is_needed() {
        let cases = corpus::cases();
        let mut met = BTreeMap::<&str, usize>::new();
        let mut unexplained = Vec::new();
        let (mut refused, mut agreed) = (0, 0);
        for case in &cases {
            let disagreements = compare(case);
            agreed += usize::from(disagreements.is_empty());
            refused += usize::from(reading::ours(&case.octets).is_err());
            for disagreement in disagreements {
                match class_of(&disagreement) {
                    Some(class) => *met.entry(class).or_default() += 1,
                    None => unexplained.push(disagreement.to_string()),
                }
            }
        }
        println!("inputs\t{}\nrefused by us\t{refused}\nall fields agree\t{agreed}", cases.len());
        for (class, count) in &met {
            println!("{class}\t{count}");
        }
        assert!(unexplained.is_empty(), "unexplained:\n{}", unexplained.join("\n"));
        let known: BTreeSet<_> = CLASSES.iter().map(|class| class.name).collect();
        let met: BTreeSet<_> = met.into_keys().collect();
        assert_eq!(met, known, "a class that nothing falls in explains nothing");
    }

    /// The classes in the code and the ones that the document explains are the same.
    #[test]
    fn the_document_explains_the_classes() {
        let document = include_str!("../../../docs/parser.md");
        let explained: BTreeSet<_> = document
            .lines()
            .filter_map(|line| line.strip_prefix("| `")?.split_once("` |").map(|(name, _)| name))
            .collect();
        let known: BTreeSet<_> = CLASSES.iter().map(|class| class.name).collect();
        assert_eq!(explained, known);
    }

    /// The corpus is large enough that the above means something, and no two inputs share a name.
    #[test]
    fn the_corpus_is_what_it_was() {
        let cases = corpus::cases();
        let names: BTreeSet<_> = cases.iter().map(|case| &case.name).collect();
        assert_eq!(names.len(), cases.len());
        assert!(cases.len() > 1_000, "{} inputs", cases.len());
        let plain = cases.iter().filter(|case| case.name.ends_with("/as it is"));
        for case in plain.filter(|case| case.name.starts_with("bench/")) {
            assert_eq!(compare(case).len(), 0, "{}", case.name);
            let reading = reading::ours(&case.octets).expect("the bench messages are messages");
            assert!(matches!(reading.call_id, Field::Value(_)), "{}", case.name);
        }
    }
}
