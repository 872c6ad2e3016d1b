using System.Text.Json;
using System.Threading.Channels;

namespace Unarr.EndToEnd.Tests.ControlPlane;

/// <summary>
/// An agent of a few lines: a stream, a poll and syncs over plain HTTP, with whatever goes wrong on the way drawn by a seed. It notes the
/// order in which controls reach it for the first time.
/// </summary>
internal sealed class ModelAgent(RunningControlPlane plane, string id, AgentKind kind, int seed, int expected)
{
    private readonly Lock _gate = new();
    private readonly List<string> _firsts = [];
    private readonly HashSet<string> _taken = [];
    private readonly Queue<string> _untold = [];
    private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Channel<bool> _triggers = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private volatile bool _isOver;

    public IReadOnlyList<string> Firsts
    {
        get
        {
            lock (_gate)
            {
                return [.. _firsts];
            }
        }
    }

    /// <summary>Runs until every control has come, or the test's deadline.</summary>
    public async Task RunAsync()
    {
        Task[] loops = [StreamsAsync(new Random(seed)), SyncsAsync(new Random(seed + 1)), PollsAsync()];
        Task failed = Task.WhenAny(loops).Unwrap();
        await await Task.WhenAny(_complete.Task, failed).WaitAsync(plane.Deadline);
        _isOver = true;
        _triggers.Writer.TryWrite(true);
        await loops[1];
    }

    private string? After
    {
        get
        {
            lock (_gate)
            {
                return kind == AgentKind.After ? _firsts.LastOrDefault() ?? "" : null;
            }
        }
    }

    private async Task StreamsAsync(Random random)
    {
        while (!_isOver)
        {
            AgentEvents events = await plane.OpenStreamAsync(id, After);
            bool isOpen = await ReadAsync(events, random.Next(2, 30));
            if (isOpen && random.Next(2) == 0)
            {
                // Make before break: what is on its way on the older stream still arrives.
                _ = DrainAsync(events);
            }
            else
            {
                await events.DisposeAsync();
            }

            await Task.Delay(random.Next(3), plane.Deadline);
        }
    }

    private async Task DrainAsync(AgentEvents events)
    {
        await ReadAsync(events, int.MaxValue);
        await events.DisposeAsync();
    }

    private async Task<bool> ReadAsync(AgentEvents events, int frames)
    {
        for (; frames > 0 && !_isOver; frames--)
        {
            string? frame = await events.NextAsync();
            if (frame is null)
            {
                return false;
            }

            if (frame.StartsWith("sync ", StringComparison.Ordinal))
            {
                _triggers.Writer.TryWrite(true);
            }
            else if (frame.StartsWith("command ", StringComparison.Ordinal))
            {
                using JsonDocument command = JsonDocument.Parse(frame["command ".Length..]);
                Take([.. command.RootElement.GetProperty("controls").EnumerateArray().Select(
                    control => control.GetProperty("id").GetString()!)]);
            }
        }

        return true;
    }

    private async Task SyncsAsync(Random random)
    {
        while (!_isOver)
        {
            string[] told = List(random);
            string? members = kind == AgentKind.Applying ? null : $",\"appliedControls\":{JsonSerializer.Serialize(told)}";
            Answer answer = await plane.SyncAsync(id, members, After);
            Assert.Equal(200, answer.Status);

            // The answer is on its way for a while, and lost now and then; an agent that knows no ids would lose its controls with it.
            await Task.Delay(random.Next(10), plane.Deadline);
            if (kind == AgentKind.Applying || random.Next(8) > 0)
            {
                Told(told);
                string[] controls = answer.ControlIds;
                Take(kind == AgentKind.After && random.Next(3) == 0 ? controls[..random.Next(controls.Length + 1)] : controls);
            }

            using CancellationTokenSource interval = CancellationTokenSource.CreateLinkedTokenSource(plane.Deadline);
            interval.CancelAfter(random.Next(5, 60));
            try
            {
                await _triggers.Reader.ReadAsync(interval.Token);
            }
            catch (OperationCanceledException) when (!plane.Deadline.IsCancellationRequested)
            {
                continue;
            }
        }
    }

    private async Task PollsAsync()
    {
        while (!_isOver)
        {
            if ((await plane.WakeAsync(id)).Wake)
            {
                _triggers.Writer.TryWrite(true);
            }
        }
    }

    private void Take(string[] controls)
    {
        lock (_gate)
        {
            foreach (string control in controls.Where(_taken.Add))
            {
                _firsts.Add(control);
                _untold.Enqueue(control);
            }

            if (_firsts.Count >= expected)
            {
                _complete.TrySetResult();
            }
        }
    }

    private string[] List(Random random)
    {
        lock (_gate)
        {
            return [.. _untold.Take(random.Next(_untold.Count + 1))];
        }
    }

    private void Told(string[] told)
    {
        lock (_gate)
        {
            for (int i = 0; i < told.Length; i++)
            {
                _untold.Dequeue();
            }
        }
    }
}
