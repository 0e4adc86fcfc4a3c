//! Elections, lists of credentials, ballots.

use super::{B20, B30, B33, Bel, Kit, OURS, SEED, archive, bel, credentials, fixture};
use ballot::credential::Credential;
use ballot::election::group_of;
use ballot::group::{Ed25519, Group, Scalar};
use ballot::hash::Hash;
use ballot::nonce::Nonces;
use ballot::{sigma, with_group};
use serde_json::{Value, json};

const HOM: &str = "homomorphic/v3.3-ed25519";
const NON: &str = "nonhomomorphic-stv/v3.3-ed25519";
const LISTS: &str = "lists-weighted/v3.3-ed25519";
const WEIGHTED: &str = "weighted/v3.3-ed25519";
const BEL: &str = "homomorphic/v3.3-belenios2048";
const RFC: &str = "nonhomomorphic-stv/v2.0-rfc3526";

/// A point of order 2, as text.
pub(super) const ORDER_2: &str = "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec";

pub(crate) fn kits() -> Vec<Kit> {
    vec![read_election(), read_credentials(), cast_ballot(), read_ballot(), verify_ballot()]
}

fn election(folder: &str) -> String {
    fixture(&format!("{folder}/election.json"))
}

fn ballot(folder: &str, number: usize) -> String {
    fixture(&format!("{folder}/ballots/{number}.json"))
}

pub(super) fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// The identity's text.
pub(super) fn identity<G: Group>() -> String {
    G::encode(&G::identity()).to_string()
}

/// The element plus a point of order 2: on the curve, outside the subgroup.
pub(super) fn twisted(text: &str) -> String {
    let point = |text| Ed25519::point(&Ed25519::decode(text).unwrap());
    Ed25519::encode(&Ed25519::mul(&point(text), &point(ORDER_2))).to_string()
}

/// The ballot signed anew by this credential, as its owner could.
fn signed(election: &str, credential: &str, mut ballot: Value) -> String {
    fn sign<G: Group>(uuid: &str, credential: &str, hash: &str) -> Value {
        let secret = Credential::parse(credential).unwrap().secret::<G>(uuid);
        let mut nonces = Nonces::from_fresh(&[9; 32], &secret.to_bytes(), hash.as_bytes());
        let proof = sigma::prove::<G>(&format!("sig|{hash}"), &secret, &mut nonces);
        json!({ "hash": hash, "proof": proof })
    }
    let uuid = ballot["election_uuid"].as_str().unwrap().to_owned();
    let fields = ballot.as_object_mut().unwrap();
    fields.shift_remove("signature");
    let hash = Hash::of(serde_json::to_string(fields).unwrap().as_bytes()).compact();
    let group = group_of(election.as_bytes()).unwrap();
    let signature = with_group!(group, G => sign::<G>(&uuid, credential, &hash));
    fields.insert("signature".into(), signature);
    serde_json::to_string(fields).unwrap()
}

/// Another exponent in the place of this one.
pub(super) fn bump(value: &mut Value) {
    let text = value.as_str().unwrap();
    let last = text.len() - 1;
    let digit = if text.ends_with('1') { "2" } else { "1" };
    *value = format!("{}{digit}", &text[..last]).into();
}

fn read_election() -> Kit {
    let mut kit = Kit::new(
        "ReadElection",
        "The text of election.json: its fingerprint, or why it is no election of ours.",
    );
    for (source, folder) in [(B33, HOM), (B33, LISTS), (B33, NON), (B33, BEL), (B20, RFC)] {
        let text = election(folder);
        let got = kit.ok(source, folder, json!({ "election": text }));
        // The second implementation: Belenios put this fingerprint into the ballots.
        assert_eq!(got["fingerprint"], parsed(&ballot(folder, 2))["election_hash"]);
    }
    let text = election(HOM);
    let base = kit.text("election", &text);
    let change = |path: &str, value: Value| {
        let mut changed = parsed(&text);
        *changed.pointer_mut(path).unwrap() = value;
        serde_json::to_string(&changed).unwrap()
    };
    let key = parsed(&text)["public_key"].as_str().unwrap().to_owned();
    for (name, new) in [
        ("another version", change("/version", json!(2))),
        ("an unknown group", change("/group", json!("P-256"))),
        ("the key is the identity", change("/public_key", json!(identity::<Ed25519>()))),
        ("the key is of order 2", change("/public_key", json!(ORDER_2))),
        ("the key is outside the subgroup", change("/public_key", json!(twisted(&key)))),
        ("the key in upper case", change("/public_key", json!(key.to_uppercase()))),
        ("no questions", change("/questions", json!([]))),
        ("a question without answers", change("/questions/0/answers", json!([]))),
        ("min above max", change("/questions/0/min", json!(3))),
        ("max above the number of answers", change("/questions/0/max", json!(4))),
        ("a negative min", change("/questions/0/min", json!(-1))),
        ("a short uuid", change("/uuid", json!("AAAAAAAAAAAAA"))),
        ("a uuid with a letter that Base58 leaves out", change("/uuid", json!("AAAAAAAAAAAAA0"))),
        ("a field doubled", text.replacen("\"version\":1", "\"version\":1,\"version\":1", 1)),
        ("an unknown field", text.replacen("\"version\":1", "\"version\":1,\"x\":1", 1)),
        ("a truncated text", text[..text.len() - 1].to_owned()),
    ] {
        let edit = kit.edit(&base, &new);
        kit.no(OURS, name, json!({ "election": edit }), "election");
    }
    let ranked = election(NON).replace("Ed25519", "BELENIOS-2048");
    kit.no(OURS, "a ranked question in BELENIOS-2048", json!({ "election": ranked }), "election");
    kit.no(OURS, "empty", json!({ "election": "" }), "election");
    kit.no(OURS, "deeply nested", json!({ "election": "[".repeat(500) }), "election");
    kit
}

fn read_credentials() -> Kit {
    let mut kit = Kit::new("ReadCredentials", "The list of credentials as an archive holds it.");
    let setup = |folder: &str| {
        let payloads = super::payloads(&bel(folder).bytes, ballot::archive::EventType::Setup);
        payloads[0][2].1.clone()
    };
    let case =
        |election: &Value, list: Value| json!({ "election": election, "credentials": list, "seed": SEED });
    let weighted = kit.text("weighted election", &election(WEIGHTED));
    let ranked = kit.text("ranked election", &election(NON));
    let list = setup(WEIGHTED);
    let base = kit.text("list", &list);
    kit.ok(B33, "with weights", case(&weighted, base.clone()));
    kit.ok(B33, "without weights", case(&ranked, setup(NON).into()));
    kit.ok(OURS, "empty", case(&weighted, "[]".into()));
    let lines: Vec<String> = serde_json::from_str(&list).unwrap();
    let join = |lines: &[String]| serde_json::to_string(lines).unwrap();
    let with = |at: usize, line: String| {
        let mut lines = lines.clone();
        lines[at] = line;
        join(&lines)
    };
    let key = |at: usize| lines[at].split(',').next().unwrap().to_owned();
    let mut swapped = lines.clone();
    swapped.swap(0, 1);
    let mut doubled = lines.clone();
    doubled.insert(1, doubled[0].clone());
    for (name, new) in [
        ("not sorted", join(&swapped)),
        ("a credential twice", join(&doubled)),
        ("weight 0", with(1, format!("{},0", key(1)))),
        ("weight 2^53 + 1", with(1, format!("{},9007199254740993", key(1)))),
        ("weights that add up to more than 2^53", with(1, format!("{},9007199254740992", key(1)))),
        ("a weight with a leading zero", with(1, format!("{},02", key(1)))),
        ("a weight with a sign", with(1, format!("{},+2", key(1)))),
        ("a fraction as weight", with(1, format!("{},1.5", key(1)))),
        ("a name after the weight", with(1, format!("{},2,voter", key(1)))),
        ("a key in upper case", with(1, lines[1].to_uppercase())),
        ("a key outside the subgroup", {
            let mut elements: Vec<_> = lines.clone();
            elements[1] = twisted(&key(1));
            elements
                .sort_by_key(|line| hex::decode(&line[..64]).unwrap().into_iter().rev().collect::<Vec<_>>());
            join(&elements)
        }),
        ("the identity", {
            let mut elements = lines.clone();
            elements.insert(0, identity::<Ed25519>());
            elements
                .sort_by_key(|line| hex::decode(&line[..64]).unwrap().into_iter().rev().collect::<Vec<_>>());
            join(&elements)
        }),
        ("a space", list.replacen(',', ", ", 1)),
        ("an escape", list.replacen('"', "\"\\u0030", 1)),
        ("a line end after it", format!("{list}\n")),
        ("truncated", list[..list.len() - 1].to_owned()),
        ("an object", "{}".into()),
        ("numbers", "[1]".into()),
    ] {
        let edit = kit.edit(&base, &new);
        kit.no(OURS, name, case(&weighted, edit), "credentials");
    }
    kit.no(OURS, "weights in a ranked election", case(&ranked, base), "credentials");
    kit
}

/// What is cast for the golden ballots: folder of the fixture, voter, votes, name.
fn casts() -> Vec<(&'static str, usize, Value, &'static str)> {
    vec![
        (HOM, 0, json!([[1, 0, 0], [0, 1, 0]]), "one choice; yes"),
        (HOM, 1, json!([[0, 1, 1], [0, 0, 1]]), "two choices; no"),
        (HOM, 2, json!([[1, 0, 1], [1, 0, 0]]), "two choices; blank"),
        (NON, 0, json!([[1, 2, 3, 4, 5]]), "a ranking"),
        (NON, 1, json!([[1, 0, 0, 0, 0]]), "a ranking of one"),
        (NON, 2, json!([[255, 255, 255, 255, 255]]), "the largest numbers"),
        (WEIGHTED, 4, json!([[0, 0, 1], [0, 1, 0]]), "a voter with weight 90"),
        ("homomorphic/v3.0-ed25519", 0, json!([[1, 1, 0], [1, 0, 0]]), "an election of 3.0"),
        (BEL, 0, json!([[1, 0, 0], [0, 1, 0]]), "BELENIOS-2048"),
    ]
}

const FRESH: [u8; 32] = [0x42; 32];

fn cast_ballot() -> Kit {
    let mut kit = Kit::new(
        "CastBallot",
        "A ballot from 32 fixed bytes. Belenios' own tool accepts each (election verify-ballot); the bytes in Ed25519 are those of second.py, too.",
    );
    let mut elections = std::collections::BTreeMap::new();
    for (folder, voter, votes, name) in casts() {
        let election = elections.entry(folder).or_insert_with(|| kit.text(folder, &election(folder))).clone();
        let credential = &credentials(folder)[voter];
        let case = json!({"election": election, "credential": credential, "votes": votes, "fresh": hex::encode(FRESH)});
        let got = kit.ok(OURS, name, case);
        assert_eq!(got["tracker"], Hash::of(got["ballot"].as_str().unwrap().as_bytes()).compact());
    }
    let election = archive::kinds().election;
    let reference = kit.text("three kinds", &election);
    let kinds = json!({"election": reference, "credential": archive::kinds().credentials[0], "votes": parsed(archive::KINDS_VOTES[0]),
        "fresh": hex::encode(FRESH)});
    let kinds = |field: &str, value: Value| {
        let mut case = kinds.clone();
        case[field] = value;
        case
    };
    let list = archive::kinds().list;
    kit.ok(OURS, "three kinds of questions", kinds("fresh", json!(hex::encode([0; 32]))));
    kit.ok(OURS, "the voter is on the list", kinds("credentials", list.clone().into()));
    kit.no(OURS, "the voter is not on the list", kinds("credentials", "[]".into()), "ballot-credential");
    let mut others: Vec<String> = serde_json::from_str(&list).unwrap();
    let own =
        Credential::parse(&archive::kinds().credentials[0]).unwrap().public::<Ed25519>(archive::KINDS_UUID);
    others.retain(|line| *line != own.to_string());
    kit.no(
        OURS,
        "only others are on the list",
        kinds("credentials", json!(others).to_string().into()),
        "ballot-credential",
    );
    let prefix = json!([&own.to_string()[..63]]).to_string();
    kit.no(
        OURS,
        "the list holds the beginning of the key",
        kinds("credentials", prefix.into()),
        "ballot-credential",
    );
    let spelled = json!([format!("{own},01")]).to_string();
    kit.no(
        OURS,
        "the voter's weight is no number",
        kinds("credentials", spelled.into()),
        "ballot-credential",
    );
    kit.no(OURS, "the list is no list", kinds("credentials", "{}".into()), "credentials");
    let v = &archive::KINDS_VOTES[0];
    assert_eq!(*v, "[[1,0,1],[0,1,0],[2,1,3,4]]");
    for (name, votes) in [
        ("a question too few", json!([[1, 0, 1], [0, 1, 0]])),
        ("a question too many", json!([[1, 0, 1], [0, 1, 0], [2, 1, 3, 4], [1]])),
        ("a number too few", json!([[1, 0], [0, 1, 0], [2, 1, 3, 4]])),
        ("a number too many", json!([[1, 0, 1, 0], [0, 1, 0], [2, 1, 3, 4]])),
        ("two votes for one choice", json!([[2, 0, 0], [0, 1, 0], [2, 1, 3, 4]])),
        ("more choices than max", json!([[1, 1, 1], [0, 1, 0], [2, 1, 3, 4]])),
        ("fewer choices than min", json!([[1, 0, 1], [0, 0, 0], [2, 1, 3, 4]])),
        ("blank and a choice", json!([[1, 0, 1], [1, 1, 0], [2, 1, 3, 4]])),
        ("a rank too few", json!([[1, 0, 1], [0, 1, 0], [2, 1, 3]])),
        ("a rank above 255", json!([[1, 0, 1], [0, 1, 0], [2, 1, 3, 256]])),
        ("a negative rank", json!([[1, 0, 1], [0, 1, 0], [2, 1, 3, -1]])),
        ("a fraction", json!([[1, 0, 1], [0, 1, 0], [2, 1, 3, 0.5]])),
        ("no votes", json!([])),
        ("a text", json!("[[1,0,1]]")),
    ] {
        kit.no(OURS, name, kinds("votes", votes), "argument");
    }
    kit.no(OURS, "a wrong credential", kinds("credential", "no".into()), "argument");
    kit.no(OURS, "31 fresh bytes", kinds("fresh", hex::encode([0; 31]).into()), "misuse");
    kit.no(OURS, "33 fresh bytes", kinds("fresh", hex::encode([0; 33]).into()), "misuse");
    let mut broken = parsed(&election);
    broken["public_key"] = ORDER_2.into();
    kit.no(
        OURS,
        "the election's key is of order 2",
        kinds("election", broken.to_string().into()),
        "election",
    );
    let lists = kit.text(LISTS, &self::election(LISTS));
    let case = json!({"election": lists, "credential": credentials(LISTS)[0], "votes": [[0, 0, 0, 1, 1, 0, 0, 0, 0]],
        "fresh": hex::encode(FRESH)});
    kit.no(OURS, "a question of lists", case, "argument");
    kit
}

/// The golden ballots of the fixtures' elections, beside the archives as they stood after the ballots.
pub(crate) fn for_belenios() -> Vec<(Bel, Vec<String>)> {
    let mut all: Vec<(&str, (Bel, Vec<String>))> = Vec::new();
    for (folder, voter, votes, _) in casts() {
        let case =
            json!({"election": election(folder), "credential": credentials(folder)[voter], "votes": votes});
        let answer = booth::call(b"cast", case.to_string().as_bytes(), &FRESH);
        let ballot = parsed(&answer)["value"]["ballot"].as_str().unwrap().to_owned();
        match all.iter_mut().find(|(name, _)| *name == folder) {
            Some((_, (_, ballots))) => ballots.push(ballot),
            None => {
                let mut archive = bel(folder);
                archive.bytes = super::fixture_bytes(&format!("{folder}/stages/stage1-ballots.bel"));
                all.push((folder, (archive, vec![ballot])));
            }
        }
    }
    all.into_iter().map(|(_, item)| item).collect()
}

fn read_ballot() -> Kit {
    let mut kit = Kit::new(
        "ReadBallot",
        "The form of a ballot: canonical, for this election, in the shape of its questions.",
    );
    let (hom, non) =
        (kit.text("choices election", &election(HOM)), kit.text("ranked election", &election(NON)));
    let (hom_text, non_text) = (ballot(HOM, 2), ballot(NON, 2));
    let (hom_ballot, non_ballot) = (kit.text("choices", &hom_text), kit.text("ranking", &non_text));
    let case = |election: &Value, ballot: Value| json!({ "election": election, "ballot": ballot });
    kit.ok(B33, "choices, as cast", case(&hom, hom_ballot.clone()));
    kit.ok(B33, "ranking, as cast", case(&non, non_ballot.clone()));
    let changed = |text: &str, path: &str, f: &dyn Fn(&mut Value)| {
        let mut ballot = parsed(text);
        f(ballot.pointer_mut(path).unwrap_or_else(|| panic!("{path}")));
        serde_json::to_string(&ballot).unwrap()
    };
    let set = |text: &str, path: &str, new: Value| changed(text, path, &|value| *value = new.clone());
    let upper = |value: &mut Value| *value = value.as_str().unwrap().to_uppercase().into();
    let drop_last = |value: &mut Value| drop(value.as_array_mut().unwrap().pop());
    let double_last = |value: &mut Value| {
        let items = value.as_array_mut().unwrap();
        items.push(items.last().unwrap().clone());
    };
    let q = "7237005577332262213973186563042994240857116359379907606001950938285454250989";
    for (name, new) in [
        ("empty", String::new()),
        ("no object", "[]".into()),
        ("no fields", "{}".into()),
        ("deeply nested", "[".repeat(500)),
        ("a line end after it", format!("{non_text}\n")),
        ("a space", non_text.replacen(':', ": ", 1)),
        ("truncated", non_text[..non_text.len() - 1].to_owned()),
        ("a second object after it", format!("{non_text}{{}}")),
        ("a field doubled", non_text.replacen('{', "{\"election_uuid\":\"Kmv6KWPR7EhR9L\",", 1)),
        ("an unknown field", non_text.replacen('{', "{\"x\":1,", 1)),
        ("an unknown field in an answer", non_text.replacen("[{\"", "[{\"x\":1,\"", 1)),
        ("fields in another order", {
            let mut ballot = parsed(&non_text);
            let fields = ballot.as_object_mut().unwrap();
            let uuid = fields.shift_remove("election_uuid").unwrap();
            fields.insert("election_uuid".into(), uuid);
            ballot.to_string()
        }),
        ("an escape", non_text.replacen("Kmv6", "\\u004bmv6", 1)),
        ("another election's uuid", set(&non_text, "/election_uuid", json!("AAAAAAAAAAAAAA"))),
        ("another election's fingerprint", set(&non_text, "/election_hash", json!(Hash::of(b"").compact()))),
        ("no answer", set(&non_text, "/answers", json!([]))),
        ("two answers to one question", changed(&non_text, "/answers", &double_last)),
        ("a null answer", set(&non_text, "/answers/0", json!(null))),
        (
            "the answer to a question of choices",
            set(&non_text, "/answers/0", parsed(&hom_text)["answers"][0].clone()),
        ),
        ("the credential in upper case", changed(&non_text, "/credential", &upper)),
        ("the credential not on the curve", set(&non_text, "/credential", json!(format!("{:064x}", 2)))),
        (
            "alpha as y = p + 1",
            set(
                &non_text,
                "/answers/0/choices/alpha",
                json!("7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffee"),
            ),
        ),
        ("alpha is a number", set(&non_text, "/answers/0/choices/alpha", json!(1))),
        ("the challenge is q", set(&non_text, "/answers/0/proof/challenge", json!(q))),
        (
            "the response with a leading zero",
            changed(&non_text, "/answers/0/proof/response", &|value| {
                *value = format!("0{}", value.as_str().unwrap()).into()
            }),
        ),
        ("the response is a number", set(&non_text, "/answers/0/proof/response", json!(5))),
        ("no signature", {
            let mut ballot = parsed(&non_text);
            ballot.as_object_mut().unwrap().shift_remove("signature");
            ballot.to_string()
        }),
    ] {
        let edit = kit.edit(&non_ballot, &new);
        kit.no(OURS, &format!("ranking: {name}"), case(&non, edit), "ballot-form");
    }
    for (name, path, f) in [
        ("a choice too few", "/answers/0/choices", &drop_last as &dyn Fn(&mut Value)),
        ("a choice too many", "/answers/0/choices", &double_last),
        ("an individual proof too few", "/answers/0/individual_proofs", &drop_last),
        ("an individual proof of three branches", "/answers/0/individual_proofs/1", &double_last),
        ("an individual proof of one branch", "/answers/0/individual_proofs/1", &drop_last),
        ("an overall proof with a branch too few", "/answers/0/overall_proof", &drop_last),
        ("an overall proof with a branch too many", "/answers/0/overall_proof", &double_last),
        ("a blank proof with a branch too few", "/answers/1/blank_proof", &drop_last),
        ("no blank proof", "/answers/1", &|value| {
            drop(value.as_object_mut().unwrap().shift_remove("blank_proof"))
        }),
        ("a blank proof where blank is no choice", "/answers/0", &|value| {
            let proof = value["overall_proof"].clone();
            value.as_object_mut().unwrap().insert("blank_proof".into(), proof);
        }),
        ("answers swapped", "/answers", &|value| value.as_array_mut().unwrap().swap(0, 1)),
    ] {
        let edit = kit.edit(&hom_ballot, &changed(&hom_text, path, f));
        kit.no(OURS, &format!("choices: {name}"), case(&hom, edit), "ballot-form");
    }
    kit.no(B33, "a ballot of another election", case(&non, hom_ballot), "ballot-form");
    kit
}

fn verify_ballot() -> Kit {
    let mut kit = Kit::new(
        "VerifyBallot",
        "A ballot's points, signature and proofs. Changed ballots are signed anew by their voter unless the signature is the point.",
    );
    let mut elections = Vec::new();
    for (source, folder) in
        [(B33, HOM), (B33, NON), (B33, LISTS), (B33, BEL), (B20, RFC), (B30, "threshold/v3.0-ed25519")]
    {
        let (election_text, ballot_text) = (election(folder), ballot(folder, 2));
        let e = kit.text(&format!("{folder} election"), &election_text);
        let b = kit.text(&format!("{folder} ballot"), &ballot_text);
        kit.ok(source, folder, json!({ "election": e, "ballot": b }));
        elections.push((folder, e, b, election_text, ballot_text));
    }
    let kinds = archive::kinds();
    let e = kit.text("kinds election", &kinds.election);
    let b = kit.text("kinds ballot", &kinds.ballots[0]);
    kit.ok(OURS, "three kinds of questions", json!({ "election": e, "ballot": b }));

    type Change<'a> = &'a dyn Fn(&mut Value);
    let mut refuse = |folder: &str, name: &str, check: &str, sign: bool, change: Change<'_>| {
        let (_, e, b, election_text, ballot_text) =
            elections.iter().find(|(known, ..)| *known == folder).unwrap();
        let mut ballot = parsed(ballot_text);
        change(&mut ballot);
        let new = if sign {
            signed(election_text, &credentials(folder)[0], ballot)
        } else {
            serde_json::to_string(&ballot).unwrap()
        };
        let edit = kit.edit(b, &new);
        kit.no(OURS, &format!("{folder}: {name}"), json!({ "election": e, "ballot": edit }), check);
    };
    // A plain signature anew changes nothing for the worse; that the helper signs rightly shows in the checks expected.
    let at = |path: &'static str| move |ballot: &mut Value| bump(ballot.pointer_mut(path).unwrap());
    for (folder, path, name) in [
        (HOM, "/answers/0/individual_proofs/0/0/challenge", "individual proof, challenge"),
        (HOM, "/answers/0/individual_proofs/2/1/response", "individual proof, response"),
        (HOM, "/answers/0/overall_proof/0/challenge", "overall proof, challenge"),
        (HOM, "/answers/0/overall_proof/1/response", "overall proof, response"),
        (HOM, "/answers/1/overall_proof/0/response", "overall proof with blank, response of blank"),
        (HOM, "/answers/1/overall_proof/1/challenge", "overall proof with blank, challenge"),
        (HOM, "/answers/1/blank_proof/0/response", "blank proof, response"),
        (HOM, "/answers/1/blank_proof/1/challenge", "blank proof, challenge"),
        (NON, "/answers/0/proof/challenge", "knowledge, challenge"),
        (NON, "/answers/0/proof/response", "knowledge, response"),
        (LISTS, "/answers/0/individual_proofs/1/0/0/response", "individual proof, response"),
        (LISTS, "/answers/0/overall_proof/challenge", "overall proof, challenge"),
        (LISTS, "/answers/0/overall_proof/response", "overall proof, response"),
        (LISTS, "/answers/0/list_proofs/0/0/challenge", "list proof, challenge"),
        (LISTS, "/answers/0/list_proofs/2/1/response", "list proof, response"),
        (LISTS, "/answers/0/nonzero_proof/challenge", "non-zero proof, challenge"),
        (LISTS, "/answers/0/nonzero_proof/response/0", "non-zero proof, first response"),
        (LISTS, "/answers/0/nonzero_proof/response/1", "non-zero proof, second response"),
        (BEL, "/answers/1/blank_proof/1/response", "blank proof, response"),
    ] {
        refuse(folder, name, "ballot-proofs", true, &at(path));
    }
    refuse(HOM, "two choices swapped with their proofs", "ballot-proofs", true, &|ballot| {
        for field in ["choices", "individual_proofs"] {
            ballot["answers"][0][field].as_array_mut().unwrap().swap(0, 1);
        }
    });
    let sum = |ballot: &mut Value, one: &str, other: &str| {
        let (a, b) = (ballot.pointer(one).unwrap().clone(), ballot.pointer(other).unwrap().clone());
        *ballot.pointer_mut(one).unwrap() = b;
        *ballot.pointer_mut(other).unwrap() = a;
    };
    refuse(
        HOM,
        "the branches' challenges exchanged, their sum unchanged",
        "ballot-proofs",
        true,
        &|ballot| {
            sum(
                ballot,
                "/answers/0/individual_proofs/0/0/challenge",
                "/answers/0/individual_proofs/0/1/challenge",
            );
        },
    );
    refuse(HOM, "an individual proof in the place of another", "ballot-proofs", true, &|ballot| {
        let proofs = &mut ballot["answers"][0]["individual_proofs"];
        proofs[0] = proofs[1].clone();
    });
    for folder in [HOM, NON, LISTS] {
        let other = parsed(&ballot(folder, 3));
        refuse(
            folder,
            "another voter's answers under one's own signature",
            "ballot-proofs",
            true,
            &|ballot| {
                ballot["answers"] = other["answers"].clone();
            },
        );
    }
    refuse(NON, "alpha and beta exchanged", "ballot-proofs", true, &|ballot| {
        sum(ballot, "/answers/0/choices/alpha", "/answers/0/choices/beta");
    });
    for (folder, path, what) in [
        (HOM, "/answers/0/choices/1/alpha", "alpha of a choice"),
        (HOM, "/answers/1/choices/0/beta", "beta of blank"),
        (NON, "/answers/0/choices/alpha", "alpha of the vote"),
        (NON, "/answers/0/choices/beta", "beta of the vote"),
        (LISTS, "/answers/0/choices/2/3/beta", "beta of a choice"),
        (LISTS, "/answers/0/nonzero_proof/commitment", "the commitment of the non-zero proof"),
    ] {
        refuse(folder, &format!("{what} is the identity"), "ballot-points", true, &|ballot| {
            *ballot.pointer_mut(path).unwrap() = identity::<Ed25519>().into();
        });
        refuse(folder, &format!("{what} is outside the subgroup"), "ballot-points", true, &|ballot| {
            let value = ballot.pointer_mut(path).unwrap();
            *value = twisted(value.as_str().unwrap()).into();
        });
        refuse(folder, &format!("{what} is of order 2"), "ballot-points", true, &|ballot| {
            *ballot.pointer_mut(path).unwrap() = ORDER_2.into();
        });
    }
    let minus_1 = super::groups::minus_1_belenios();
    for (name, text) in [("is the identity", "1"), ("is of order 2", minus_1.as_str())] {
        refuse(BEL, &format!("alpha of a choice {name}"), "ballot-points", true, &|ballot| {
            ballot["answers"][0]["choices"][0]["alpha"] = text.into();
        });
    }
    refuse(HOM, "the credential is the identity", "ballot-points", false, &|ballot| {
        ballot["credential"] = identity::<Ed25519>().into();
    });
    refuse(HOM, "the credential is outside the subgroup", "ballot-points", false, &|ballot| {
        ballot["credential"] = twisted(ballot["credential"].as_str().unwrap()).into();
    });
    for folder in [HOM, NON, LISTS, BEL] {
        refuse(
            folder,
            "the signature's challenge",
            "ballot-signature",
            false,
            &at("/signature/proof/challenge"),
        );
        refuse(
            folder,
            "the signature's response",
            "ballot-signature",
            false,
            &at("/signature/proof/response"),
        );
    }
    refuse(NON, "the signature's hash", "ballot-signature", false, &|ballot| {
        ballot["signature"]["hash"] = Hash::of(b"").compact().into();
    });
    refuse(NON, "changed after it was signed", "ballot-signature", false, &at("/answers/0/proof/response"));
    let other = parsed(&ballot(NON, 3));
    refuse(NON, "another ballot's signature", "ballot-signature", false, &|ballot| {
        ballot["signature"] = other["signature"].clone();
    });
    refuse(NON, "another voter's credential", "ballot-signature", true, &|ballot| {
        ballot["credential"] = other["credential"].clone();
    });
    kit
}
