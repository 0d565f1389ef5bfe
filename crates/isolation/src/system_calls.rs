//! Which system calls can be made: a seccomp filter. It lists the calls that a running program needs to compute, to
//! use its open files and to start threads. Every other call fails with "operation not permitted", so that a kernel or a
//! C library that knows more calls than this list fails safely.

use std::collections::BTreeMap;

use libc::{c_long, c_ulong};
use seccompiler::{
    SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule, TargetArch,
    apply_filter,
};

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// Forbids all system calls except the listed ones. `files` is whether files can be opened, which Landlock restricts.
pub(crate) fn restrict(files: bool, terminal: bool) -> Result<(), String> {
    let arch: TargetArch = std::env::consts::ARCH.try_into().map_err(|e| format!("{e}"))?;
    let refused = SeccompAction::Errno(libc::EPERM as u32);
    let allowed = SeccompFilter::new(allowed(files, terminal)?, refused, SeccompAction::Allow, arch);
    // The flags of clone3 are in memory, which a filter cannot read. Without clone3 the C library uses clone.
    let no_clone3 = BTreeMap::from([(libc::SYS_clone3, Vec::new())]);
    let missing = SeccompAction::Errno(libc::ENOSYS as u32);
    let without_clone3 = SeccompFilter::new(no_clone3, SeccompAction::Allow, missing, arch);
    for filter in [without_clone3, allowed] {
        let program = filter.and_then(TryInto::try_into).map_err(|e| e.to_string())?;
        let program: seccompiler::BpfProgram = program;
        apply_filter(&program).map_err(|e| e.to_string())?;
    }
    Ok(())
}

fn allowed(files: bool, terminal: bool) -> Result<Rules, String> {
    let mut rules: Rules = ALWAYS.iter().map(|call| (*call, Vec::new())).collect();
    if files {
        rules.extend(FILES.iter().map(|call| (*call, Vec::new())));
    }
    let mut with = |call: c_long, conditions: Vec<Vec<SeccompCondition>>| -> Result<(), String> {
        let conditions = conditions.into_iter().map(SeccompRule::new).collect::<Result<Vec<_>, _>>();
        rules.insert(call, conditions.map_err(|e| e.to_string())?);
        Ok(())
    };
    // Threads, but no processes.
    let thread = libc::CLONE_THREAD as u64;
    with(libc::SYS_clone, vec![vec![is(0, SeccompCmpOp::MaskedEq(thread), thread)?]])?;
    // Signals only to the process itself, which `abort` sends.
    // SAFETY: `getpid` takes nothing and cannot fail.
    let own = unsafe { libc::getpid() };
    with(libc::SYS_tgkill, vec![vec![is(0, SeccompCmpOp::Eq, own as u64)?]])?;
    // A limit can be read, not set.
    with(libc::SYS_prlimit64, vec![vec![is(0, SeccompCmpOp::Eq, 0)?, is(2, SeccompCmpOp::Eq, 0)?]])?;
    // Pairs of sockets connect the process with itself.
    with(libc::SYS_socketpair, vec![vec![is(0, SeccompCmpOp::Eq, libc::AF_UNIX as u64)?]])?;
    with(libc::SYS_sendto, vec![vec![is(4, SeccompCmpOp::Eq, 0)?]])?;
    // The state of open files, but not who gets signals about them.
    let states = [libc::F_GETFD, libc::F_SETFD, libc::F_GETFL, libc::F_SETFL, libc::F_DUPFD, libc::F_DUPFD_CLOEXEC];
    let states = states.iter().map(|state| Ok(vec![is(1, SeccompCmpOp::Eq, u64::from(state.unsigned_abs()))?]));
    with(libc::SYS_fcntl, states.collect::<Result<_, String>>()?)?;
    // The name of a thread.
    with(libc::SYS_prctl, vec![vec![is(0, SeccompCmpOp::Eq, libc::PR_SET_NAME as u64)?]])?;
    // TIOCSTI, which types into the terminal, is not among them.
    let reading: &[c_ulong] = &[libc::TCGETS, libc::TIOCGWINSZ, libc::FIONREAD, libc::FIOCLEX, libc::FIONBIO];
    let setting: &[c_ulong] = &[libc::TCSETS, libc::TCSETSW, libc::TCSETSF, libc::TCFLSH];
    let requests = reading.iter().chain(setting.iter().filter(|_| terminal));
    let requests = requests.map(|request| Ok(vec![is(1, SeccompCmpOp::Eq, *request)?]));
    with(libc::SYS_ioctl, requests.collect::<Result<_, String>>()?)?;
    Ok(rules)
}

/// A condition on an argument of a call. The upper half of the arguments used here is not part of their values.
fn is(argument: u8, operator: SeccompCmpOp, value: u64) -> Result<SeccompCondition, String> {
    let length = if argument == 4 || argument == 2 { SeccompCmpArgLen::Qword } else { SeccompCmpArgLen::Dword };
    SeccompCondition::new(argument, length, operator, value).map_err(|e| e.to_string())
}

/// Calls that only concern the process itself and its open files.
const ALWAYS: &[c_long] = &[
    // Memory.
    libc::SYS_brk,
    libc::SYS_madvise,
    libc::SYS_membarrier,
    libc::SYS_mmap,
    libc::SYS_mprotect,
    libc::SYS_mremap,
    libc::SYS_munmap,
    // Open files.
    libc::SYS_close,
    libc::SYS_dup,
    libc::SYS_dup3,
    libc::SYS_fstat,
    libc::SYS_lseek,
    libc::SYS_pipe2,
    libc::SYS_pread64,
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_recvfrom,
    libc::SYS_write,
    libc::SYS_writev,
    // Waiting.
    libc::SYS_clock_getres,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_epoll_create1,
    libc::SYS_epoll_ctl,
    libc::SYS_epoll_pwait,
    libc::SYS_eventfd2,
    libc::SYS_futex,
    libc::SYS_gettimeofday,
    libc::SYS_nanosleep,
    libc::SYS_ppoll,
    libc::SYS_pselect6,
    libc::SYS_sched_yield,
    libc::SYS_timerfd_create,
    libc::SYS_timerfd_settime,
    // Threads, signals and the end of the process.
    libc::SYS_clone3,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_getpid,
    libc::SYS_gettid,
    libc::SYS_restart_syscall,
    libc::SYS_rseq,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigpending,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_rt_sigtimedwait,
    libc::SYS_sched_getaffinity,
    libc::SYS_set_robust_list,
    libc::SYS_set_tid_address,
    libc::SYS_sigaltstack,
    // Facts about the process.
    libc::SYS_getcwd,
    libc::SYS_getegid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getppid,
    libc::SYS_getrandom,
    libc::SYS_getrusage,
    libc::SYS_getuid,
    libc::SYS_sysinfo,
    libc::SYS_uname,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_arch_prctl,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_dup2,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_epoll_wait,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_pipe,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_poll,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_select,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_time,
];

/// Calls that find and open files.
const FILES: &[c_long] = &[
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_getdents64,
    libc::SYS_newfstatat,
    libc::SYS_openat,
    libc::SYS_readlinkat,
    libc::SYS_statx,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_access,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_lstat,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_open,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_readlink,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_stat,
];
