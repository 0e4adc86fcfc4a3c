//! The key ceremony with Belenios' own tool as the other party. Skipped, with a printed word, where it cannot run.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use ballot::group::{Belenios2048, Ed25519, Group};
use ballot::json;
use ballot::trustee::ceremony::{Certified, Coordinator, Invited, PolynomialSent, SharesChecked};
use ballot::trustee::pki::Cipher;
use ballot::trustee::{Pedersen, PrivateKey, Seed, Trustee, Trustees, hold_ceremony, single_key};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

/// Belenios' tool of one version, in a folder of its own.
struct Tool {
    folder: PathBuf,
}

impl Tool {
    /// `None`, and a word about it, where the tool cannot be had.
    fn new(name: &str) -> Option<Tool> {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let tool = Tool { folder };
        if tool.run(&["--version"], None).is_err() {
            println!("skipped: tools/belenios 3.0 cannot run here");
            return None;
        }
        Some(tool)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn write(&self, name: &str, content: &str) {
        fs::write(self.path(name), content.to_owned() + "\n").unwrap();
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// The one file with this extension.
    fn made(&self, extension: &str) -> String {
        let entries = fs::read_dir(&self.folder).unwrap();
        let mut names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.find(|name| name.ends_with(&format!(".{extension}"))).unwrap()
    }

    fn run(&self, arguments: &[&str], input: Option<&str>) -> Result<String, String> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tools/belenios");
        let input = input.map_or(Stdio::null(), |name| File::open(self.path(name)).unwrap().into());
        let output = Command::new(script)
            .arg("3.0")
            .args(arguments)
            .current_dir(&self.folder)
            .stdin(input)
            .output()
            .map_err(|error| error.to_string())?;
        let [out, err] =
            [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
        if output.status.success() { Ok(out) } else { Err(err) }
    }

    fn step(&self, group: &str, step: &str, arguments: &[&str], input: Option<&str>) -> String {
        let base = ["setup", "generate-trustee-key-threshold", "--group", group, "--step", step];
        self.run(&[&base, arguments].concat(), input).unwrap_or_else(|error| panic!("step {step}: {error}"))
    }
}

/// Members 1 and 3 are ours, member 2 is Belenios' tool; both coordinate and must make the same files.
fn mixed_ceremony<G: Group>(name: &str) {
    let Some(tool) = Tool::new(name) else { return };
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    let invite = |rng: &mut ChaCha20Rng, index| {
        Invited::<G>::new(Seed::generate(rng), index, 2, 3).unwrap().with_cipher(Cipher::Ccm)
    };
    let (one, three) = (invite(&mut rng, 1), invite(&mut rng, 3));
    let (one, cert_one): (Certified<G>, _) = one.certify(&mut rng);
    let (three, cert_three) = three.certify(&mut rng);
    let two = tool.step(G::NAME, "1", &["--threshold-context", "2/2/3"], None).trim().to_owned();

    let mut coordinator = Coordinator::<G>::new(2, 3).unwrap();
    for cert in [cert_one.as_bytes(), &tool.read(&format!("{two}.cert")), cert_three.as_bytes()] {
        coordinator.receive_certificate(cert).unwrap();
    }
    assert_eq!(coordinator.file_name(2).as_ref(), Some(&two));
    let certs = coordinator.certificates().unwrap().to_file();
    fs::write(tool.path("certs.jsons"), &certs).unwrap();
    tool.step(G::NAME, "2", &["--certs", "certs.jsons"], None);

    let (one, polynomial_one): (PolynomialSent<G>, _) =
        one.receive_certificates(&mut rng, certs.as_bytes()).unwrap();
    let (three, polynomial_three) = three.receive_certificates(&mut rng, certs.as_bytes()).unwrap();
    let key = format!("{two}.key");
    let polynomial_two = tool.step(
        G::NAME,
        "3",
        &["--threshold-context", "2/2/3", "--certs", "certs.jsons", "--key", &key],
        None,
    );
    for (place, polynomial) in [(1, &polynomial_one), (2, &polynomial_two), (3, &polynomial_three)] {
        coordinator.receive_polynomial(place, polynomial.as_bytes()).unwrap();
    }
    fs::write(tool.path("polynomials.jsons"), coordinator.polynomials().unwrap()).unwrap();
    tool.step(G::NAME, "4", &["--certs", "certs.jsons", "--polynomials", "polynomials.jsons"], None);
    for place in 1..=3 {
        let theirs = tool.read(&format!("{}.vinput", coordinator.file_name(place).unwrap()));
        assert_eq!((coordinator.shares_for(place).unwrap() + "\n").as_bytes(), theirs);
    }

    let vinput = |place| coordinator.shares_for(place).unwrap();
    let (one, answer_one): (SharesChecked<G>, _) =
        one.receive_shares(&mut rng, vinput(1).as_bytes()).unwrap();
    let (three, answer_three) = three.receive_shares(&mut rng, vinput(3).as_bytes()).unwrap();
    let answer_two =
        tool.step(G::NAME, "5", &["--certs", "certs.jsons", "--key", &key], Some(&format!("{two}.vinput")));
    for (place, answer) in [(1, &answer_one), (2, &answer_two), (3, &answer_three)] {
        coordinator.receive_answer(place, answer.as_bytes()).unwrap();
    }
    let answers = [answer_one.trim(), answer_two.trim(), answer_three.trim()].join("\n");
    tool.write("voutputs.jsons", &answers);
    let arguments = ["--certs", "certs.jsons", "--polynomials", "polynomials.jsons"];
    let threshold = tool.step(G::NAME, "6", &arguments, Some("voutputs.jsons"));
    let outcome = coordinator.finish().unwrap();
    assert_eq!(threshold.trim_end(), json::to_string(&outcome.group));
    for (place, dkey) in (1..).zip(&outcome.dkeys) {
        let theirs = tool.read(&format!("{}.dkey", coordinator.file_name(place).unwrap()));
        assert_eq!((dkey.clone() + "\n").as_bytes(), theirs);
    }
    for (state, place) in [(one, 0), (three, 2)] {
        state
            .receive_result(threshold.as_bytes(), outcome.dkeys[place].as_bytes())
            .unwrap_or_else(|e| panic!("{e}"));
    }

    tool.run(&["setup", "generate-trustee-key", "--group", G::NAME], None).unwrap();
    let private = tool.made("privkey");
    let public = private.replace("privkey", "pubkey");
    let single = PrivateKey::<G>::parse(&tool.read(&private)).unwrap();
    let ours = single_key::<G>(&mut rng, None).1;
    let keys = String::from_utf8(tool.read(&public)).unwrap() + &json::to_string(&ours) + "\n";
    fs::write(tool.path("public_keys.jsons"), keys).unwrap();
    fs::write(tool.path("threshold.json"), &threshold).unwrap();
    let trustees = make_election::<G>(&tool);
    assert_eq!(trustees.owner_of(&single.public()), Ok(1));
    assert_eq!(trustees.owners().len(), 5);
}

/// Belenios' tool joins the keys at hand into a list and an election; it verifies nothing yet.
fn tell_tool<G: Group>(tool: &Tool) {
    tool.run(&["setup", "make-trustees"], None).unwrap();
    let template = r#"{"description":"d","name":"n","questions":[{"answers":["a","b"],"min":0,"max":1,"question":"q"}],"administrator":"a","credential_authority":"c"}"#;
    tool.write("template.json", template);
    let uuid = "zuPKvBqsUWudpa";
    tool.run(
        &["setup", "make-election", "--uuid", uuid, "--group", G::NAME, "--template", "template.json"],
        None,
    )
    .unwrap();
}

/// It does so, and we read the list and come to the same key.
fn make_election<G: Group>(tool: &Tool) -> ballot::trustee::VerifiedTrustees<G> {
    tell_tool::<G>(tool);
    let bytes = tool.read("trustees.json");
    let trustees = Trustees::<G>::parse(bytes.strip_suffix(b"\n").unwrap_or(&bytes)).unwrap();
    let verified = trustees.verify().unwrap_or_else(|refusals| panic!("{}", refusals[0]));
    let election = String::from_utf8(tool.read("election.json")).unwrap();
    assert!(election.contains(&format!(r#""public_key":"{}""#, verified.election_key())));
    verified
}

#[test]
fn a_ceremony_with_belenios_tool_as_a_member() {
    mixed_ceremony::<Ed25519>("ceremony-ed25519");
}

#[test]
fn a_ceremony_with_belenios_tool_as_a_member_in_a_field() {
    mixed_ceremony::<Belenios2048>("ceremony-belenios2048");
}

/// Lists that our rehearsals make, threshold equal to the size included, set up an archive that the tool verifies.
#[test]
fn belenios_tool_verifies_our_lists() {
    for (threshold, size) in [(2, 3), (1, 2), (1, 1), (3, 3)] {
        let Some(tool) = Tool::new(&format!("list-{threshold}-of-{size}")) else { return };
        let mut rng = ChaCha20Rng::seed_from_u64(8);
        let (group, _) = hold_ceremony::<Ed25519>(&mut rng, threshold, size).unwrap();
        let single = single_key::<Ed25519>(&mut rng, None).1;
        tool.write("public_keys.jsons", &json::to_string(&single));
        tool.write("threshold.json", &json::to_string(&group));
        make_election::<Ed25519>(&tool);
        let verdict = set_up(&tool);
        assert!(verdict.is_ok(), "{threshold} of {size}: {verdict:?}");
    }
}

/// What we refuse in a threshold group, the tool refuses too.
#[test]
fn belenios_tool_refuses_what_we_refuse() {
    type Corruption = fn(&mut Pedersen<Ed25519>);
    let corruptions: [Corruption; 9] = [
        |_| (),
        |group| group.verification_keys.swap(0, 1),
        |group| group.verification_keys[1].signature = None,
        |group| group.verification_keys[1].signature = group.verification_keys[0].signature,
        |group| group.verification_keys[1].pok = group.verification_keys[0].pok,
        |group| group.signatures = None,
        |group| group.signatures.as_mut().unwrap().swap(0, 1),
        |group| group.coefexps.swap(0, 1),
        |group| group.threshold = 1,
    ];
    for (i, corrupt) in corruptions.into_iter().enumerate() {
        let Some(tool) = Tool::new(&format!("corrupted-{i}")) else { return };
        let (mut group, _) = hold_ceremony::<Ed25519>(&mut ChaCha20Rng::seed_from_u64(8), 2, 3).unwrap();
        corrupt(&mut group);
        tool.write("threshold.json", &json::to_string(&group));
        let single = single_key::<Ed25519>(&mut ChaCha20Rng::seed_from_u64(9), None).1;
        tool.write("public_keys.jsons", &json::to_string(&single));
        tell_tool::<Ed25519>(&tool);
        let list = Trustees(vec![Trustee::Single(single), Trustee::Pedersen(group)]);
        assert_eq!(list.verify().is_ok(), i == 0, "{i}");
        let verdict = set_up(&tool);
        // The tool's word for a list of trustees that does not hold.
        let refused = |word: &String| word.contains("tool_election.ml") && word.contains("Assertion failed");
        assert!(
            if i == 0 { verdict.is_ok() } else { verdict.as_ref().is_err_and(refused) },
            "{i}: {verdict:?}"
        );
    }
}

/// An archive with the Setup event alone, verified by the tool.
fn set_up(tool: &Tool) -> Result<String, String> {
    let uuid = "zuPKvBqsUWudpa";
    tool.run(&["setup", "generate-credentials", "--uuid", uuid, "--group", "Ed25519", "--count", "2"], None)?;
    let text = fs::read_to_string(tool.path(&tool.made("pubcreds"))).unwrap();
    let keys: Vec<String> = serde_json::from_str::<Vec<String>>(&text).unwrap();
    let keys: Vec<&str> = keys.iter().map(|line| line.split(',').next().unwrap()).collect();
    tool.write("public_creds.json", &serde_json::to_string(&keys).unwrap());
    tool.run(&["archive", "init"], None)?;
    tool.run(&["election", "verify"], None)
}
