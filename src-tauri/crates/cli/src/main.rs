//! The `counterfoil` command line.

fn main() -> std::process::ExitCode {
    cli::main()
}
