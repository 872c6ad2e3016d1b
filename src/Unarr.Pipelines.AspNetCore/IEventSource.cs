namespace Unarr.Pipelines.AspNetCore;

/// <summary>What one <see cref="EventStream"/> carries.</summary>
internal interface IEventSource
{
    /// <summary>Writes to its stream what is there and fits one flush. Never waits.</summary>
    /// <remarks>An exception is the application's: it ends the stream.</remarks>
    SourceState WriteNext();

    /// <summary>Lets go of what the application gave. The stream has ended by then, and its token is cancelled.</summary>
    /// <exception cref="Exception">The application's code threw an exception at its end.</exception>
    ValueTask CloseAsync();
}
