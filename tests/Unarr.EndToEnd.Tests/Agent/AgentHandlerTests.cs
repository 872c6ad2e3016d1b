extern alias UnarrAgent;

using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging.Abstractions;
using Unarr.Agents.Downlink;
using Unarr.Agents.Protocol;
using UnarrAgent::Unarr.Agent.Output;
using UnarrAgent::Unarr.Agent.Running;

namespace Unarr.EndToEnd.Tests.Agent;

public class AgentHandlerTests
{
    private static readonly Control Named = new("cancel", "t1") { Id = "c1" };
    private static readonly Control Nameless = new("cancel", "t1");

    [Fact]
    public async Task Control_that_fails_has_one_control_line_and_a_result_for_each_try() => Assert.Equal(
        """
        {"kind":"control","action":"cancel","taskId":"t1","deleteFiles":false,"via":"sse","id":"c1","at":T}
        {"kind":"result","id":"c1","action":"cancel","taskId":"t1","ok":false,"error":"exit code 3","try":1,"willRetry":true,"at":T}
        {"kind":"result","id":"c1","action":"cancel","taskId":"t1","ok":false,"error":"exit code 3","try":2,"willRetry":true,"at":T}
        {"kind":"result","id":"c1","action":"cancel","taskId":"t1","ok":false,"error":"exit code 3","try":3,"willRetry":false,"at":T}

        """,
        await LinesAsync(new JsonEventFormat(), "exit 3", Named, Named, Named));

    [Fact]
    public async Task Control_that_is_applied_has_a_result_where_it_has_an_id() => Assert.Equal(
        """
        {"kind":"control","action":"cancel","taskId":"t1","deleteFiles":false,"via":"sse","id":"c1","at":T}
        {"kind":"result","id":"c1","action":"cancel","taskId":"t1","ok":true,"try":1,"willRetry":false,"at":T}
        {"kind":"control","action":"cancel","taskId":"t1","deleteFiles":false,"via":"sse","at":T}
        {"kind":"control","action":"cancel","taskId":"t1","deleteFiles":false,"via":"sse","at":T}

        """,
        await LinesAsync(new JsonEventFormat(), "true", Named, Nameless, Nameless));

    [Fact]
    public async Task Control_with_parameters_has_them_in_its_line() => Assert.Equal(
        """
        {"kind":"control","action":"set-limit","taskId":"","deleteFiles":false,"via":"sse","params":{"n":1.50,"t":"\u202e\u009bé"},"at":T}

        """,
        await LinesAsync(
            new JsonEventFormat(),
            "true",
            new Control("set-limit") { Parameters = Encoding.UTF8.GetBytes("""{ "n" : 1.50, "t" : "\u202e\u009b\u00e9" }""") }));

    [Fact]
    public async Task Control_without_an_id_that_fails_has_a_result() => Assert.Contains(
        """{"kind":"result","action":"cancel","taskId":"t1","ok":false,"error":"exit code 1","try":1,"willRetry":true,"at":T}""",
        await LinesAsync(new JsonEventFormat(), "exit 1", Nameless),
        StringComparison.Ordinal);

    [Fact]
    public async Task Plain_result_is_a_line_for_people() => Assert.Equal(
        """
             T  control  cancel 't1' (via sse)
             T  result   cancel 't1' failed: exit code 1 (id c1, try 1, tried again)

        """,
        await LinesAsync(new PlainEventFormat(), "exit 1", Named));

    private static async Task<string> LinesAsync(IEventFormat format, string command, params Control[] controls)
    {
        using var written = new MemoryStream();
        var clock = new AgentClock(TimeProvider.System);
        var output = new LineOutput(written, format, clock, NullLogger.Instance);
        var handler = new AgentHandler(output, new ControlProgram(command, TextWriter.Null, null, TimeProvider.System), clock);
        Control? last = null;
        int attempt = 0;
        foreach (Control control in controls)
        {
            attempt = control.Id is not null && ReferenceEquals(control, last) ? attempt + 1 : 1;
            last = control;
            try
            {
                var delivery = new ControlDelivery { Route = ControlRoute.Stream, Attempt = attempt };
                await handler.HandleControlAsync(control, delivery, CancellationToken.None);
            }
            catch (ControlProgramException)
            {
                // What the queue is told; the lines are what is looked at.
            }
        }

        await output.EndAsync();
        return Regex.Replace(Encoding.UTF8.GetString(written.ToArray()), @"\d+\.\d{3}", "T");
    }
}
