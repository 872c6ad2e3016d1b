using System.Globalization;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using Unarr.Pipelines.Bench;
using Unarr.Pipelines.Bench.Benchmarks;
using Unarr.Pipelines.Bench.Fleet;
using Unarr.Pipelines.Bench.Load;
using Unarr.Pipelines.Bench.NativeAgent;
using Unarr.Pipelines.Bench.Report;

const int WarmUpRounds = 40;
const int Rounds = 3;

switch (args)
{
    case [LoopbackServer.Verb]:
        await LoopbackServer.ServeAsync();
        return 0;

    case [StreamFigures.ServerVerb]:
        await StreamFigures.ServeAsync();
        return 0;

    case [StreamClient.Verb, string contestant, string origin, string streams]:
        await StreamClient.RunAsync(contestant, origin, streams);
        return 0;

    case ["streams", string streams]:
        await StreamFigures.RunAsync(int.Parse(streams, CultureInfo.InvariantCulture));
        return 0;

    case ["client"]:
        await ClientFigures.RunAsync(pairs: 15, passes: 128);
        return 0;

    case [AgentsClient.Verb, string origin, string first, string count]:
        await AgentsClient.RunAsync(origin, first, count);
        return 0;

    case [BareServer.Verb, string heartbeat]:
        await BareServer.RunAsync(heartbeat);
        return 0;

    case [HubServer.Verb, string keys, string store, string heartbeat]:
        await HubServer.RunAsync(keys, store, heartbeat);
        return 0;

    case ["agents", string most]:
        int agents = int.Parse(most, CultureInfo.InvariantCulture);
        await AgentLoad.RunAsync([agents / 10, agents], heartbeat: TimeSpan.FromSeconds(15), window: TimeSpan.FromMinutes(1));
        return 0;

    case ["agents", string count, string seconds, .. string[] before]:
        TimeSpan window = TimeSpan.FromSeconds(int.Parse(seconds, CultureInfo.InvariantCulture));
        await AgentLoad.RunAsync(
            [int.Parse(count, CultureInfo.InvariantCulture)], heartbeat: TimeSpan.FromSeconds(15), window, before.FirstOrDefault());
        return 0;

    case ["store"]:
        await StoreFigures.RunAsync(rounds: 5, length: TimeSpan.FromSeconds(2));
        return 0;

    case ["store", string controls]:
        await StoreFigures.PassAsync(int.Parse(controls, CultureInfo.InvariantCulture));
        return 0;

    case ["acknowledged"]:
        await AckFigures.RunAsync();
        return 0;

    case ["fleet", .. string[] connected]:
        await FleetFigures.RunAsync(FleetSize.Of(connected.FirstOrDefault()));
        return 0;

    case ["agent", .. string[] minutes]:
        return await AgentFigures.RunAsync(minutes);

    case []:
        return Show(await CompareAsync());

    case ["report"]:
        IReadOnlyList<Summary> rounds = await CompareAsync();
        string machine = string.Join('\n', rounds[0].HostEnvironmentInfo.ToFormattedString());
        Console.WriteLine(ResultsFile.Write(Results.From(rounds), machine, ProcessorNotes()));
        return Show(rounds);

    case ["dry"]:
        await SelfCheck.RunAsync(rounds: 1);
        if (OperatingSystem.IsLinux())
        {
            await ClientFigures.RunAsync(pairs: 1, passes: 1);
            await StreamFigures.RunAsync(streams: 50, rounds: 1);
            await StoreFigures.RunAsync(rounds: 1, length: TimeSpan.FromSeconds(0.1));
            await AgentLoad.RunAsync([50], heartbeat: TimeSpan.FromSeconds(1), window: TimeSpan.FromSeconds(2));
            await (NatsServers.AreInstalled ? FleetFigures.RunAsync(FleetSize.Dry) : Task.CompletedTask);
        }

        return Show(Run(Configs.Dry), judged: false);

    default:
        await SelfCheck.RunAsync(WarmUpRounds);
        bool withJob = !args.Any(static arg => arg is "--job" or "-j");
        string[] options = withJob ? args : [.. args, "--inProcess"];
        return Show([.. BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(options, Configs.CommandLine(withJob))],
            judged: withJob);
}

static async Task<IReadOnlyList<Summary>> CompareAsync()
{
    await SelfCheck.RunAsync(WarmUpRounds);
    List<Summary> rounds = [];
    for (int round = 0; round < Rounds; round++)
    {
        rounds.AddRange(Run(Configs.Round));
    }

    return rounds;
}

static IReadOnlyList<Summary> Run(Func<ProgressLogger, IConfig> config)
{
    string log = Path.Combine(Directory.CreateDirectory("BenchmarkDotNet.Artifacts").FullName, "run.log");
    using ProgressLogger logger = new(new StreamWriter(log, append: true));
    Type[] benchmarks =
        [typeof(FramerBench), typeof(ReaderBench), typeof(OneByteBench), typeof(WriterBench), typeof(DecodeBench), typeof(HttpBench)];
    return BenchmarkRunner.Run(benchmarks, config(logger));
}

static int Show(IReadOnlyList<Summary> summaries, bool judged = true)
{
    var results = Results.From(summaries);
    if (results.Rows.Count > 0)
    {
        Console.WriteLine();
        Console.WriteLine(ResultTable.Render(results, judged));
        Console.WriteLine(ProcessorNotes());
    }

    return summaries.Any(
        static summary => summary.HasCriticalValidationErrors || summary.Reports.Any(static report => !report.Success)) ? 1 : 0;
}

static string ProcessorNotes() => string.Join('\n', ProcessorTime.All.Select(static spent => string.Create(
    CultureInfo.InvariantCulture, $"- http, {spent.Contestant}: {spent.NanosecondsPerEvent:0.0} ns of the client's processor an event.")));
