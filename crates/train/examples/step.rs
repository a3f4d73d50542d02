use std::sync::atomic::AtomicBool;
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let text = std::fs::read_to_string(&args[1]).unwrap();
    let recipe = train::Recipe::parse("step", &text, &args[3..].to_vec()).unwrap();
    let out = std::path::PathBuf::from(&args[2]);
    let _ = std::fs::remove_dir_all(&out);
    let options = train::RunOptions { recipe, out: out.clone(), resume: false, profile: std::env::var("PROF").is_ok() };
    let _ = train::run(&options, &AtomicBool::new(false), &mut |_| ()).unwrap();
    let mut speeds: Vec<f64> = std::fs::read_to_string(out.join("metrics.jsonl"))
        .unwrap()
        .lines()
        .skip(5)
        .map(|l| serde_json::from_str::<serde_json::Value>(l).unwrap()["tokens_per_s"].as_f64().unwrap())
        .collect();
    speeds.sort_by(f64::total_cmp);
    println!("{:.1}", speeds[speeds.len() / 2]);
}
