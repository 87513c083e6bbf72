// SPDX-License-Identifier: Apache-2.0

/// What `playground run ID` prints, whole.
///
/// When a lesson has changed, read the new log with care, and put it here.
let goldens: [String: String] = [
  "loop": """
  # 01 loop  The loop itself    clock=virtual speed=max
     0.000  start     log    inside run, before the first turn  L01Loop.swift:46
     0.000  turn 1    tick   a tick, in step 5 of turn 1     L01Loop.swift:47
     1.000  turn 2    key    i                               L01Loop.swift:40
     1.000  turn 2    key    i   2 turns so far              L01Loop.swift:41
     2.000  turn 3    key    t                               L01Loop.swift:37
     3.000  turn 4    timer  t1  1 s later                   L01Loop.swift:38
     9.000  turn 5    key    i                               L01Loop.swift:40
     9.000  turn 5    key    i   5 turns so far              L01Loop.swift:41
    10.000  turn 6    key    s                               L01Loop.swift:43
    10.000  turn 6    stop
    10.000  turn 6    hook   closing: this hook runs once    L01Loop.swift:36
    10.000  end       log    run has returned                L01Loop.swift:49
  ok  loop  3 checks  max-callback=0.000 max-lag=0.000 turns=6

  """,
  "timers": """
  # 02 timers  One-shot timers    clock=virtual speed=max
     0.000  turn 1    timer  t3  C: 0 s                      L02Timers.swift:36
     0.500  turn 2    timer  t2  B: 0.5 s                    L02Timers.swift:35
     0.500  turn 2    timer  t4  D: 0.5 s                    L02Timers.swift:37
     1.000  turn 3    timer  t1  A: 1 s                      L02Timers.swift:34
     1.500  turn 4    key    a                               L02Timers.swift:39
     1.500  turn 4    key    a   armed, and not run yet      L02Timers.swift:41
     1.500  turn 5    timer  t5  0 s, a turn later           L02Timers.swift:40
     2.000  turn 6    key    l                               L02Timers.swift:44
     2.200  turn 7    key    c                               L02Timers.swift:50
     2.200  turn 7    cancel t6                              L02Timers.swift:47
     2.500  turn 8    timer  t7  F                           L02Timers.swift:47
     2.500  turn 8    timer  t8  G                           L02Timers.swift:47
  ok  timers  4 checks  max-callback=0.000 max-lag=0.000 turns=9

  """,
  "periodic": """
  # 03 periodic  Periodic timers, and cancelling them    clock=virtual speed=max
     0.250  turn 1    timer  t1  beat 1                      L03Periodic.swift:39
     0.500  turn 2    timer  t1  beat 2                      L03Periodic.swift:39
     0.600  turn 3    key    b                               L03Periodic.swift:42
     0.600  turn 3    run    block 0.600                     L03Periodic.swift:42
  !  1.200  turn 3    blocked 0.600 (limit 0.100)            L03Periodic.swift:42
     1.200  turn 4    timer  t1  beat 3  late 0.450  missed 1  L03Periodic:39
     1.250  turn 5    timer  t1  beat 4                      L03Periodic.swift:39
     1.500  turn 6    timer  t1  beat 5                      L03Periodic.swift:39
     1.750  turn 7    timer  t1  beat 6                      L03Periodic.swift:39
     2.000  turn 8    timer  t1  beat 7                      L03Periodic.swift:39
     2.100  turn 9    key    +                               L03Periodic.swift:43
     2.100  turn 9    move   t1  due 2.500                   L03Periodic.swift:38
     2.500  turn 10   timer  t1  beat 8                      L03Periodic.swift:39
     3.000  turn 11   timer  t1  beat 9                      L03Periodic.swift:39
     3.100  turn 12   key    -                               L03Periodic.swift:44
     3.100  turn 12   move   t1  due 3.250                   L03Periodic.swift:38
     3.250  turn 13   timer  t1  beat 10                     L03Periodic.swift:39
     3.500  turn 14   timer  t1  beat 11                     L03Periodic.swift:39
     3.750  turn 15   timer  t1  beat 12                     L03Periodic.swift:39
     4.000  turn 16   timer  t1  beat 13                     L03Periodic.swift:39
     4.100  turn 17   key    x                               L03Periodic.swift:45
     4.250  turn 18   timer  t1  beat 14                     L03Periodic.swift:39
     4.250  turn 18   cancel t1                              L03Periodic.swift:38
  ok  periodic  4 checks  max-callback=0.600 max-lag=0.450 turns=19

  """,
  "next-tick": """
  # 04 next-tick  nextTick: later, but soon    clock=virtual speed=max
     0.100  turn 1    key    a                               L04NextTick.swift:38
     0.100  turn 1    key    a   A                           L04NextTick.swift:39
     0.100  turn 1    key    a   C                           L04NextTick.swift:41
     0.100  turn 1    tick   B                               L04NextTick.swift:40
     0.250  turn 2    timer  t1  beat                        L04NextTick.swift:37
     0.300  turn 3    key    h                               L04NextTick.swift:49
     0.301  turn 3    tick   5 left                          L04NextTick.swift:46
     0.302  turn 4    tick   4 left                          L04NextTick.swift:46
     0.303  turn 5    tick   3 left                          L04NextTick.swift:46
     0.304  turn 6    tick   2 left                          L04NextTick.swift:46
     0.305  turn 7    tick   1 left                          L04NextTick.swift:46
     0.500  turn 8    timer  t1  beat                        L04NextTick.swift:37
     0.600  turn 9    key    o                               L04NextTick.swift:52
     0.600  turn 9    defer  j1                              L04NextTick.swift:53
     0.600  turn 10   begin  j1  on worker-1                 L04NextTick.swift:53
     0.600  turn 10   done   j1  on worker-1                 L04NextTick.swift:53
     0.600  turn 10   arrival hello                          L04NextTick.swift:53
     0.600  turn 10   status j1  succeeded                   L04NextTick.swift:53
     0.750  turn 11   timer  t1  beat                        L04NextTick.swift:37
     0.800  turn 12   key    i                               L04NextTick.swift:50
     1.000  turn 212  timer  t1  beat                        L04NextTick.swift:37
     1.250  turn 462  timer  t1  beat                        L04NextTick.swift:37
     1.400  turn 612  key    k                               L04NextTick.swift:51
     1.500  turn 613  timer  t1  beat                        L04NextTick.swift:37
     1.750  turn 614  timer  t1  beat                        L04NextTick.swift:37
     2.000  turn 615  timer  t1  beat                        L04NextTick.swift:37
  ok  next-tick  4 checks  max-callback=0.001 max-lag=0.000 turns=615

  """,
  "chunking": """
  # 05 chunking  Blocking vs chunking    clock=virtual speed=max pool=2
     0.250  turn 1    timer  t1  beat 1                      L05Chunking.swift:36
     0.500  turn 2    timer  t1  beat 2                      L05Chunking.swift:36
     0.750  turn 3    timer  t1  beat 3                      L05Chunking.swift:36
     1.000  turn 4    timer  t1  beat 4                      L05Chunking.swift:36
     1.250  turn 5    timer  t1  beat 5                      L05Chunking.swift:36
     1.250  turn 5    key    b                               L05Chunking.swift:38
     1.250  turn 5    run    block 2.000                     L05Chunking.swift:38
  !  3.250  turn 5    blocked 2.000 (limit 0.100)            L05Chunking.swift:38
     3.250  turn 6    timer  t1  beat 6  late 1.750  missed 7  L05Chunking:36
     3.500  turn 7    timer  t1  beat 7                      L05Chunking.swift:36
     3.750  turn 8    timer  t1  beat 8                      L05Chunking.swift:36
     4.000  turn 9    timer  t1  beat 9                      L05Chunking.swift:36
     4.105  turn 10   key    c                               L05Chunking.swift:41
     4.255  turn 25   timer  t1  beat 10  late 0.005         L05Chunking.swift:36
     4.505  turn 50   timer  t1  beat 11  late 0.005         L05Chunking.swift:36
     4.755  turn 75   timer  t1  beat 12  late 0.005         L05Chunking.swift:36
     5.005  turn 100  timer  t1  beat 13  late 0.005         L05Chunking.swift:36
     5.255  turn 125  timer  t1  beat 14  late 0.005         L05Chunking.swift:36
     5.505  turn 150  timer  t1  beat 15  late 0.005         L05Chunking.swift:36
     5.755  turn 175  timer  t1  beat 16  late 0.005         L05Chunking.swift:36
     6.005  turn 200  timer  t1  beat 17  late 0.005         L05Chunking.swift:36
     6.105  turn 210  status d1  succeeded                   L05Chunking.swift:42
     6.105  turn 210  callback d1  200 slices done           L05Chunking.swift:44
     6.250  turn 211  timer  t1  beat 18                     L05Chunking.swift:36
     6.500  turn 212  timer  t1  beat 19                     L05Chunking.swift:36
     6.750  turn 213  timer  t1  beat 20                     L05Chunking.swift:36
     7.000  turn 214  timer  t1  beat 21                     L05Chunking.swift:36
     7.100  turn 215  key    d                               L05Chunking.swift:46
     7.100  turn 215  defer  j1                              L05Chunking.swift:47
     7.100  turn 216  begin  j1  on worker-1                 L05Chunking.swift:47
     7.250  turn 216  timer  t1  beat 22                     L05Chunking.swift:36
     7.500  turn 217  timer  t1  beat 23                     L05Chunking.swift:36
     7.750  turn 218  timer  t1  beat 24                     L05Chunking.swift:36
     8.000  turn 219  timer  t1  beat 25                     L05Chunking.swift:36
     8.250  turn 220  timer  t1  beat 26                     L05Chunking.swift:36
     8.500  turn 221  timer  t1  beat 27                     L05Chunking.swift:36
     8.750  turn 222  timer  t1  beat 28                     L05Chunking.swift:36
     9.000  turn 223  timer  t1  beat 29                     L05Chunking.swift:36
     9.100  turn 224  done   j1  on worker-1                 L05Chunking.swift:47
     9.100  turn 224  status j1  succeeded                   L05Chunking.swift:47
     9.100  turn 224  callback j1  done elsewhere            L05Chunking.swift:49
     9.250  turn 225  timer  t1  beat 30                     L05Chunking.swift:36
     9.500  turn 226  timer  t1  beat 31                     L05Chunking.swift:36
     9.600  turn 227  key    -                               L05Chunking.swift:52
     9.705  turn 228  key    c                               L05Chunking.swift:41
     9.750  turn 237  timer  t1  beat 32                     L05Chunking.swift:36
    10.000  turn 287  timer  t1  beat 33                     L05Chunking.swift:36
    10.250  turn 337  timer  t1  beat 34                     L05Chunking.swift:36
    10.500  turn 387  timer  t1  beat 35                     L05Chunking.swift:36
    10.705  turn 428  status d2  succeeded                   L05Chunking.swift:42
    10.705  turn 428  callback d2  200 slices done           L05Chunking.swift:44
    10.750  turn 429  timer  t1  beat 36                     L05Chunking.swift:36
    11.000  turn 430  timer  t1  beat 37                     L05Chunking.swift:36
    11.000  turn 430  key    +                               L05Chunking.swift:51
    11.250  turn 431  timer  t1  beat 38                     L05Chunking.swift:36
    11.500  turn 432  timer  t1  beat 39                     L05Chunking.swift:36
  ok  chunking  3 checks  max-callback=2.000 max-lag=1.750 turns=432

  """,
  "pool": """
  # 06 pool  defer: the thread pool    clock=virtual speed=max pool=2
     0.500  turn 1    key    d                               L06Pool.swift:44
     0.500  turn 1    defer  j1                              L06Pool.swift:46
     0.500  turn 1    key    d                               L06Pool.swift:44
     0.500  turn 1    defer  j2                              L06Pool.swift:46
     0.500  turn 1    key    d                               L06Pool.swift:44
     0.500  turn 1    defer  j3                              L06Pool.swift:46
     0.500  turn 1    key    d                               L06Pool.swift:44
     0.500  turn 1    defer  j4                              L06Pool.swift:46
     0.500  turn 2    begin  j1  on worker-1                 L06Pool.swift:46
     0.500  turn 2    begin  j2  on worker-2                 L06Pool.swift:46
     1.500  turn 2    done   j1  on worker-1                 L06Pool.swift:46
     1.500  turn 2    done   j2  on worker-2                 L06Pool.swift:46
     1.500  turn 2    status j1  succeeded                   L06Pool.swift:46
     1.500  turn 2    callback j1  result 1                  L06Pool.swift:51
     1.500  turn 2    status j2  succeeded                   L06Pool.swift:46
     1.500  turn 2    callback j2  result 2                  L06Pool.swift:51
     1.500  turn 3    begin  j3  on worker-1                 L06Pool.swift:46
     1.500  turn 3    begin  j4  on worker-2                 L06Pool.swift:46
     2.500  turn 3    done   j3  on worker-1                 L06Pool.swift:46
     2.500  turn 3    done   j4  on worker-2                 L06Pool.swift:46
     2.500  turn 3    status j3  succeeded                   L06Pool.swift:46
     2.500  turn 3    callback j3  result 3                  L06Pool.swift:51
     2.500  turn 3    status j4  succeeded                   L06Pool.swift:46
     2.500  turn 3    callback j4  result 4                  L06Pool.swift:51
     3.000  turn 4    key    x                               L06Pool.swift:57
     3.000  turn 4    key    d                               L06Pool.swift:44
     3.000  turn 4    defer  j5                              L06Pool.swift:46
     3.000  turn 5    begin  j5  on worker-1                 L06Pool.swift:46
     4.000  turn 5    threw  j5  on worker-1                 L06Pool.swift:46
     4.000  turn 5    status j5  failed                      L06Pool.swift:46
     4.000  turn 5    errback j5  failed: refused            L06Pool.swift:53
     4.500  turn 6    key    e                               L06Pool.swift:60
     4.500  turn 6    defer  j6                              L06Pool.swift:60
     4.500  turn 7    begin  j6  on worker-1                 L06Pool.swift:60
     4.500  turn 7    threw  j6  on worker-1                 L06Pool.swift:60
     4.500  turn 7    status j6  failed                      L06Pool.swift:60
  !  4.500  turn 7    no-errback nobody heard that it failed: refused  L06Pool:60
     5.000  turn 8    key    d                               L06Pool.swift:44
     5.000  turn 8    defer  j7                              L06Pool.swift:46
     5.000  turn 9    begin  j7  on worker-1                 L06Pool.swift:46
     5.500  turn 9    key    b                               L06Pool.swift:59
     5.500  turn 9    run    block 1.000                     L06Pool.swift:59
     6.000  turn 9    done   j7  on worker-1                 L06Pool.swift:46
  !  6.500  turn 9    blocked 1.000 (limit 0.100)            L06Pool.swift:59
     6.500  turn 10   status j7  succeeded                   L06Pool.swift:46
     6.500  turn 10   callback j7  result 6                  L06Pool.swift:51
     7.000  turn 11   key    m                               L06Pool.swift:58
     7.000  turn 11   key    d                               L06Pool.swift:44
     7.000  turn 11   defer  j8                              L06Pool.swift:46
     7.000  turn 11   key    d                               L06Pool.swift:44
     7.000  turn 11   defer  j9                              L06Pool.swift:46
     7.000  turn 11   key    d                               L06Pool.swift:44
     7.000  turn 11   defer  j10                             L06Pool.swift:46
     7.000  turn 12   begin  j8  on worker-1                 L06Pool.swift:46
     7.000  turn 12   begin  j9  on worker-2                 L06Pool.swift:46
     7.000  turn 12   begin  j10  on worker-3                L06Pool.swift:46
     8.000  turn 12   done   j8  on worker-1                 L06Pool.swift:46
     8.000  turn 12   done   j9  on worker-2                 L06Pool.swift:46
     8.000  turn 12   done   j10  on worker-3                L06Pool.swift:46
     8.000  turn 12   status j8  succeeded                   L06Pool.swift:46
     8.000  turn 12   callback j8  result 7                  L06Pool.swift:51
     8.000  turn 12   status j9  succeeded                   L06Pool.swift:46
     8.000  turn 12   callback j9  result 8                  L06Pool.swift:51
     8.000  turn 12   status j10  succeeded                  L06Pool.swift:46
     8.000  turn 12   callback j10  result 9                 L06Pool.swift:51
  ok  pool  5 checks  max-callback=1.000 max-lag=0.000 turns=13

  """,
  "deferrable": """
  # 07 deferrable  Deferrable: callbacks and errbacks    clock=virtual speed=max
     0.500  turn 1    key    t                               L07Deferrable:61
     1.000  turn 2    key    s                               L07Deferrable:57
     1.000  turn 2    status d1  succeeded                   L07Deferrable:48
     1.000  turn 2    cancel t1                              L07Deferrable:63
     1.000  turn 2    callback d1  A 1                       L07Deferrable:49
     1.000  turn 2    callback d1  B 1                       L07Deferrable:51
     1.000  turn 2    status d1  succeeded                   L07Deferrable:48
     1.000  turn 2    callback d1  C 10                      L07Deferrable:54
     2.000  turn 3    key    l                               L07Deferrable:59
     2.000  turn 3    callback d1  late 10                   L07Deferrable:59
     3.000  turn 4    key    a                               L07Deferrable:60
     3.000  turn 4    key    a   set again: false            L07Deferrable:60
  ok  deferrable  5 checks  max-callback=0.000 max-lag=0.000 turns=5

  """,
  "default-deferrable": """
  # 08 default-deferrable  DefaultDeferrable, joined    clock=virtual speed=max
     1.000  turn 1    key    x                               L08FanIn.swift:54
     1.000  turn 1    status d2  failed                      L08FanIn.swift:41
     1.000  turn 1    status d3  failed                      L08FanIn.swift:46
     1.000  turn 1    errback d3  one: refused               L08FanIn.swift:50
     1.000  turn 1    errback d3  two: refused               L08FanIn.swift:50
     2.000  turn 2    key    a                               L08FanIn.swift:42
     2.000  turn 2    status d1  succeeded                   L08FanIn.swift:41
     3.000  turn 3    key    l                               L08FanIn.swift:55
     3.000  turn 3    errback d3  late: refused              L08FanIn.swift:50
  ok  default-deferrable  3 checks  max-callback=0.000 max-lag=0.000 turns=4

  """,
  "spawn": """
  # 09 spawn  spawn and notify: small processes    clock=virtual speed=max
     1.000  turn 1    key    g                               L09Spawn.swift:45
     1.000  turn 1    notify p1  ping 3                      L09Spawn.swift:42
     1.000  turn 2    notify p2  pong 3                      L09Spawn.swift:38
     1.000  turn 3    notify p1  ping 2                      L09Spawn.swift:42
     1.000  turn 4    notify p2  pong 2                      L09Spawn.swift:38
     1.000  turn 5    notify p1  ping 1                      L09Spawn.swift:42
     1.000  turn 6    notify p2  pong 1                      L09Spawn.swift:38
     1.000  turn 7    notify p1  ping 0                      L09Spawn.swift:42
     2.000  turn 8    key    m                               L09Spawn.swift:46
     2.000  turn 8    notify p1  ping 1                      L09Spawn.swift:42
     2.000  turn 8    notify p1  ping 2                      L09Spawn.swift:42
     2.000  turn 9    notify p2  pong 1                      L09Spawn.swift:38
     2.000  turn 9    notify p2  pong 2                      L09Spawn.swift:38
     2.000  turn 10   notify p1  ping 0                      L09Spawn.swift:42
     2.000  turn 10   notify p1  ping 1                      L09Spawn.swift:42
     2.000  turn 11   notify p2  pong 1                      L09Spawn.swift:38
     2.000  turn 12   notify p1  ping 0                      L09Spawn.swift:42
     3.000  turn 13   key    i                               L09Spawn.swift:53
     3.300  turn 19   key    k                               L09Spawn.swift:54
     4.000  turn 20   key    h                               L09Spawn.swift:47
     5.000  turn 21   key    g                               L09Spawn.swift:45
     5.000  turn 21   notify p1  heir 3                      L09Spawn.swift:47
  ok  spawn  5 checks  max-callback=0.050 max-lag=0.000 turns=22

  """,
  "signals": """
  # 12 signals  Signals    clock=virtual speed=max
     1.000  turn 1    key    u                               L12Signals.swift:41
     1.000  turn 1    key    u   raised; 0 heard so far      L12Signals.swift:43
     1.000  turn 2    signal s1  USR1 heard, 1 in all        L12Signals.swift:36
     1.000  turn 2    signal s2  heard here, too             L12Signals.swift:38
     2.000  turn 3    key    m                               L12Signals.swift:45
     2.000  turn 3    key    m   raised 5 times; 1 heard so far  L12Signals:47
     2.000  turn 4    signal s1  USR1 heard, 2 in all        L12Signals.swift:36
     2.000  turn 4    signal s2  heard here, too             L12Signals.swift:38
     2.500  turn 5    key    c                               L12Signals.swift:49
     2.500  turn 5    cancel s2                              L12Signals.swift:38
     3.000  turn 6    key    u                               L12Signals.swift:41
     3.000  turn 6    key    u   raised; 2 heard so far      L12Signals.swift:43
     3.000  turn 7    signal s1  USR1 heard, 3 in all        L12Signals.swift:36
  ok  signals  4 checks  max-callback=0.000 max-lag=0.000 turns=8

  """,
]
