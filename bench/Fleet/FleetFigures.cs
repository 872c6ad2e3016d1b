using System.Runtime.InteropServices;
using Unarr.Pipelines.Bench.Load;

namespace Unarr.Pipelines.Bench.Fleet;

/// <summary>What three nodes over three NATS servers cost, beside one node with a file, or beside the same nodes with less to do.</summary>
internal sealed class FleetFigures : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("unarr-bench");
    private readonly List<Deployment> _deployments = [];
    private readonly FleetSize _size;

    private FleetFigures(FleetSize size) => _size = size;

    /// <summary>Measures; what it has started ends with it, also when it is interrupted.</summary>
    public static async Task RunAsync(FleetSize size)
    {
        TaskCompletionSource interrupted = new();
        using FleetFigures figures = new(size);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt);
        await await Task.WhenAny(figures.MeasureAsync(), interrupted.Task);

        void Interrupt(PosixSignalContext context)
        {
            context.Cancel = true;
            interrupted.TrySetException(new OperationCanceledException("It was interrupted."));
        }
    }

    public void Dispose()
    {
        End();
        _folder.Delete(recursive: true);
    }

    private async Task MeasureAsync()
    {
        FleetTable.PrintHead();
        (Deployment fleet, Deployment single) = await StartAsync(_size.Agents + 3);
        await new ConnectedFigures(fleet, single, _size).MeasureAsync();
        End();
        (fleet, single) = await StartAsync(_size.Documents);
        await new PendingFigures(fleet, single, _size).MeasureAsync();
    }

    private async Task<(Deployment Fleet, Deployment Single)> StartAsync(int agents)
    {
        DirectoryInfo folder = _folder.CreateSubdirectory($"of-{agents}-agents");
        string keys = KeyFile.Write(folder, agents);
        Deployment fleet = new(folder, keys, isFleet: true);
        Deployment single = new(folder, keys, isFleet: false);
        _deployments.AddRange([fleet, single]);
        await fleet.StartAsync();
        await single.StartAsync();
        return (fleet, single);
    }

    private void End()
    {
        _deployments.ForEach(static deployment => deployment.Dispose());
        _deployments.Clear();
    }
}
