using Unarr.Agents.Hub.Agents;

namespace Unarr.EndToEnd.Tests.ControlPlane;

/// <summary>Serves a stream as its endpoint does.</summary>
internal static class ServedStream
{
    public static async Task ServeAsync(this AgentStream stream)
    {
        bool goesOn = await stream.BeginAsync();
        while (goesOn && await stream.WaitAsync())
        {
            goesOn = await stream.WriteAsync();
        }

        stream.Finish();
    }
}
