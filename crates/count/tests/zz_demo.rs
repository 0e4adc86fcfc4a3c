//! demo
#[test]
fn demo() {
    let path = std::path::PathBuf::from("/work/shared/data/ballots/scot_shetland_2017_ward4.blt");
    let p = count::formats::parse("x.blt", &std::fs::read(path).unwrap()).unwrap();
    for m in ["scottish-stv", "wigm-stv", "meek-stv", "schulze", "plurality"] {
        let o = count::methods::by_name(m).unwrap().count(&p, if m=="irv" {1} else {3}, &count::Lot::none()).unwrap();
        println!("{}\n-----", o.transcript());
        if m == "wigm-stv" { println!("{:#}", o.to_json(&p)); }
    }
    let path = std::path::PathBuf::from("/work/shared/data/ballots/dublin_north_2002.blt");
    let bytes = std::fs::read(path).unwrap();
    let t = std::time::Instant::now();
    let p = count::formats::parse("x.blt", &bytes).unwrap();
    println!("parse {:?}", t.elapsed());
    for m in count::methods::all() {
        let t = std::time::Instant::now();
        let o = m.count(&p, m.max_seats().unwrap_or(4), &count::Lot::none());
        println!("{} {:?} {:?}", m.name(), t.elapsed(), o.map(|o| o.elected));
    }
}
